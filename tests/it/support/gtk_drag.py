"""A GTK program from which files are dragged with the mouse.
usage: gtk_drag.py LIST   a file with a path on each line
Says "there" when its window is, "over" when what it drags is taken where it is, and then how the drag ended."""
import os, sys
from urllib.parse import quote
import gi
gi.require_version('Gtk', '3.0'); gi.require_version('Gdk', '3.0')
from gi.repository import Gtk, Gdk

def say(words): print(words, flush=True)

uris = ['file://' + quote(path) for path in open(sys.argv[1], 'rb').read().splitlines()]
is_over = False

def look(context):
    """GTK tells no program whether its drag is taken, but it has the action that was chosen."""
    global is_over
    if not is_over and context.get_selected_action() == Gdk.DragAction.COPY:
        is_over = True
        say('over')
    return True

def begin(_widget, context):
    from gi.repository import GLib
    GLib.timeout_add(20, look, context)

window = Gtk.Window(title='Files for a drag', decorated=False)
window.set_default_size(200, 100)
source = Gtk.EventBox()
source.add(Gtk.Label(label=f'{len(uris)} files'))
actions = Gdk.DragAction.COPY | Gdk.DragAction.MOVE | Gdk.DragAction.LINK
source.drag_source_set(Gdk.ModifierType.BUTTON1_MASK, [], actions)
source.drag_source_add_uri_targets()
source.connect('drag-begin', begin)
source.connect('drag-data-get', lambda _widget, _context, data, _info, _time: data.set_uris(uris))
source.connect('drag-failed', lambda _widget, _context, result: say('failed: ' + result.value_nick))
source.connect('drag-end', lambda _widget, _context: say('end'))
window.add(source)
window.connect('map-event', lambda *_: say('there'))
window.move(0, 0)
window.show_all()
Gtk.main()
