"""A clipboard manager as the freedesktop.org specification has it: keeps what a program had when that program ends.
Prints "ready" when it is there and "kept" when it has taken something over."""
from Xlib import X, display
from Xlib.protocol import event

d = display.Display()
A = d.intern_atom
CLIPBOARD, MANAGER, UTF8, TARGETS, DATA = (A(name) for name in ("CLIPBOARD", "CLIPBOARD_MANAGER", "UTF8_STRING", "TARGETS", "BBDROP_DATA"))
window = d.screen().root.create_window(0, 0, 1, 1, 0, d.screen().root_depth, event_mask=X.PropertyChangeMask)
window.set_selection_owner(MANAGER, X.CurrentTime)
d.sync()
print("ready", flush=True)
asked, kept = None, b""


def answer(request, property):
    notify = event.SelectionNotify(time=request.time, requestor=request.requestor, selection=request.selection,
                                   target=request.target, property=property)
    request.requestor.send_event(notify)
    d.flush()


while True:
    e = d.next_event()
    if e.type == X.SelectionRequest and e.selection == MANAGER:
        asked = e
        window.convert_selection(CLIPBOARD, UTF8, DATA, X.CurrentTime)
    elif e.type == X.SelectionNotify and e.property == DATA:
        kept = window.get_full_property(DATA, X.AnyPropertyType).value
        kept = kept.encode() if isinstance(kept, str) else bytes(kept)
        window.set_selection_owner(CLIPBOARD, X.CurrentTime)
        answer(asked, asked.property)
        print("kept", flush=True)
    elif e.type == X.SelectionRequest and e.selection == CLIPBOARD:
        if e.target == TARGETS:
            e.requestor.change_property(e.property, A("ATOM"), 32, [TARGETS, UTF8])
            answer(e, e.property)
        elif e.target == UTF8:
            e.requestor.change_property(e.property, UTF8, 8, kept)
            answer(e, e.property)
        else:
            answer(e, X.NONE)
