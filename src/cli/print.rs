//! Responses as text or JSON on stdout, problems as sentences on stderr. A closed pipe ends quietly. Names and words are foreign: but for the
//! output and JSON everything is escaped, line by line.

use std::io::{self, ErrorKind, IsTerminal as _, Write};

use serde::Serialize;
use tracing_subscriber::field::MakeExt as _;
use tracing_subscriber::layer::SubscriberExt as _;

use super::Exit;
use crate::core::gallery::in_words;
use crate::core::legacy::Item;
use crate::core::printable::printable;
use crate::core::report::{GalleryDetails, GalleryReport, HostReport, TabReport};
use crate::core::{Field, Tested};
use crate::instance::{Action, Answered, Response};

/// Shows a response and says how the program ends: notes and the error go to stderr, the rest through `show`.
pub fn outcome(response: &Response, show: impl FnOnce(&Response) -> io::Result<()>) -> Exit {
    for note in &response.notes {
        problem(note);
    }
    let told = response.error.as_ref().is_some_and(|words| response.notes.contains(words));
    if let Some(words) = response.error.as_ref().filter(|_| !told) {
        problem(words);
    }
    let shown = if response.success || !response.galleries.is_empty() || response.import.is_some() {
        show(response)
    } else {
        Ok(())
    };
    match written(shown) {
        Exit::Done => response.refusal_code().map_or(Exit::Done, Exit::from),
        exit => exit,
    }
}

/// How the program ends when `shown` is all there was to do.
pub fn written(shown: io::Result<()>) -> Exit {
    match shown {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            problem(&format!("The output could not be written: {error}."));
            Exit::Failed
        }
        _ => Exit::Done,
    }
}

/// One sentence on stderr.
pub fn problem(words: &str) {
    // In one piece: several launches may share a terminal.
    let line = format!("{}\n", printable(words));
    let _ = io::stderr().lock().write_all(line.as_bytes()); // Nobody is left to tell when stderr is gone.
}

/// Several sentences of ours on stderr, each on a line of its own.
pub fn problems(words: &str) {
    words.lines().for_each(problem);
}

/// What became of a launch's folders, but for refusals; the last `waiting` are in the inbox.
pub fn launch(answers: &[Answered], waiting: usize) {
    let added = answers.iter().filter(|answer| **answer == Answered::Added).count();
    if added > 0 {
        problem(&format!("{} added to the queue.", in_words(added)));
    }
    for answer in answers {
        match answer {
            Answered::Duplicate(folder) => problem(&format!("Already in the queue: {}", folder.display())),
            Answered::Raised => problem("BBDrop is running already; its window comes to the front."),
            Answered::Added | Answered::Refused(..) => {}
        }
    }
    if waiting > 0 {
        problem(&format!(
            "BBDrop does not answer at the moment. {} will be added as soon as it does.",
            in_words(waiting)
        ));
    }
}

/// The output of a gallery: what is to be pasted, or the gallery as JSON.
pub fn output(response: &Response, as_json: bool) -> io::Result<()> {
    if as_json {
        return response.output.first().map_or(Ok(()), json);
    }
    exact(&response.data)
}

/// Text as it is: the output, which is to be pasted, and JSON.
pub fn exact(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// Text that somebody else has written: as it is for a file or another program, safe to look at on a terminal.
pub fn foreign(text: &str) -> io::Result<()> {
    if io::stdout().is_terminal() { lines(text.lines()) } else { exact(text) }
}

/// Lines for people. What a name or a host's words do to a terminal is shown instead of done.
pub fn lines(lines: impl IntoIterator<Item = impl AsRef<str>>) -> io::Result<()> {
    let lines = lines.into_iter().map(|line| format!("{}\n", printable(line.as_ref())));
    exact(&lines.collect::<String>())
}

/// Galleries as JSON or as a table.
pub fn galleries(response: &Response, as_json: bool) -> io::Result<()> {
    if as_json {
        return json(&response.galleries);
    }
    lines(response.galleries.iter().map(line))
}

fn line(gallery: &GalleryReport) -> String {
    let images = &gallery.images;
    let usable = images.total.saturating_sub(images.skipped);
    let reason = gallery.reason.as_deref().unwrap_or_default();
    let line = format!(
        "{:>5}  {:<10}  {:>9}  {}  {reason}",
        gallery.id,
        gallery.state.name(),
        format!("{}/{usable}", images.uploaded),
        gallery.name
    );
    line.trim_end().to_owned()
}

/// One gallery in full.
pub fn gallery(response: &Response, as_json: bool) -> io::Result<()> {
    let Some(details) = &response.gallery else { return Ok(()) };
    if as_json {
        return json(details);
    }
    let GalleryDetails { gallery, files, attempts, custom, ext } = details;
    let mut shown = vec![
        line(gallery),
        format!("       {}", gallery.path),
        format!("       host {}, priority {}", gallery.host, gallery.priority.name()),
        format!("       tab {}, template {}", gallery.tab, gallery.template),
    ];
    let named = Field::ALL.iter().zip(custom.iter().chain(ext)).filter(|(_, value)| !value.is_empty());
    shown.extend(named.map(|(field, value)| format!("       {} = {value}", field.name())));
    shown.extend(files.iter().map(|file| {
        let what = file.reason.as_deref().or(file.link.as_deref()).unwrap_or_default();
        format!("       {:<9}  {}  {what}", file.state, file.name)
    }));
    shown.extend(attempts.iter().map(|attempt| {
        let image = attempt.image.as_deref().unwrap_or("the gallery itself");
        let again = attempt.again_at.as_ref().map(|at| format!(" Again at {at}.")).unwrap_or_default();
        format!("       {}  {image}, attempt {}: {}{again}", attempt.at, attempt.attempt, attempt.words)
    }));
    lines(shown)
}

/// The hosts, a line each.
pub fn hosts(response: &Response, as_json: bool) -> io::Result<()> {
    if as_json {
        return json(&response.hosts);
    }
    let line = |host: &HostReport| {
        let until = host.paused_until.as_ref().map(|at| format!("until {at}  ")).unwrap_or_default();
        let reason = host.reason.as_deref().unwrap_or_default();
        let line = format!("{:<16}  {:<6}  {until}{reason}", host.id, host.state);
        line.trim_end().to_owned()
    };
    lines(response.hosts.iter().map(line))
}

/// The tabs, a line each.
pub fn tabs(response: &Response, as_json: bool) -> io::Result<()> {
    if as_json {
        return json(&response.tabs);
    }
    lines(response.tabs.iter().map(|tab: &TabReport| format!("{}: {}", tab.name, in_words(tab.galleries))))
}

/// One host with its settings.
pub fn host(response: &Response, as_json: bool) -> io::Result<()> {
    if as_json {
        return response.hosts.first().map_or(Ok(()), json);
    }
    hosts(response, false)?;
    let line = |host: &HostReport, key: &String, value: &String| match host.options.get(key) {
        Some(option) => format!("{key} = {value}    # {}: {}", option.label, option.takes),
        None => format!("{key} = {value}"),
    };
    let of_host =
        |host: &'_ HostReport| host.settings.iter().map(|(key, value)| line(host, key, value)).collect::<Vec<_>>();
    lines(response.hosts.iter().flat_map(of_host))
}

/// What a host did with a tiny image.
pub fn tested(response: &Response, as_json: bool) -> io::Result<()> {
    if as_json {
        return json(&response.tested);
    }
    let line = |step: &Tested| {
        let ok = if step.ok { "ok    " } else { "FAILED" };
        format!("{:<9}  {ok}  {} ({} ms)", step.what, step.words, step.took_ms)
    };
    lines(response.tested.iter().map(line))
}

/// What a queue command has done.
pub fn changed(action: Action, response: &Response) -> io::Result<()> {
    let done = match action {
        Action::List => "listed",
        Action::Start => "started",
        Action::Pause => "paused",
        Action::Stop => "stopped",
        Action::Retry => "tried again",
        Action::Remove => "removed",
        Action::Forget => "removed and forgotten",
        Action::Rescan => "looked at again",
        Action::Reset => "reset",
        Action::Reuse => "taking the links of an earlier upload",
        Action::Move | Action::Tab => "moved",
        Action::Rename => "renamed",
        Action::Render => "rendered anew",
        _ => "changed",
    };
    let count: usize = response.data.parse().unwrap_or(0);
    lines([format!("{} {done}", in_words(count))])
}

/// What was taken over from BBDrop 0.9, everything by its name.
pub fn import(response: &Response, as_json: bool) -> io::Result<()> {
    let Some(report) = &response.import else { return Ok(()) };
    if as_json {
        return json(report);
    }
    let parts = [("Taken", &report.taken), ("There already", &report.there_already), ("Not taken", &report.not_taken)];
    let line = |Item { kind, name, words, gallery }: &Item| {
        let number = gallery.map(|id| format!(" {id}")).unwrap_or_default();
        format!("  {}{number}  {name}: {words}", kind.name())
    };
    let parts = parts.into_iter().filter(|(_, items)| !items.is_empty());
    lines(parts.flat_map(|(title, items)| std::iter::once(format!("{title}:")).chain(items.iter().map(line))))
}

/// How the resident is.
pub fn status(response: &Response, as_json: bool) -> io::Result<()> {
    let Some(status) = &response.status else { return Ok(()) };
    if as_json {
        return json(status);
    }
    let mut shown = vec![match status.pid {
        Some(pid) => format!("BBDrop {} is running and {} (process {pid})", status.version, status.state),
        None => "BBDrop is not running".to_owned(),
    }];
    let ports = [("folders", status.folder_port), ("commands", status.delegate_port)];
    shown.extend(ports.iter().filter_map(|(name, port)| port.map(|port| format!("port {port} takes {name}"))));
    let counts = status.counts.iter().filter(|(_, count)| **count > 0);
    shown.extend(counts.map(|(state, count)| format!("{count} {}", state.name())));
    shown.extend(status.trouble.clone());
    shown.extend(status.folder_port_trouble.clone().filter(|words| status.trouble.as_ref() != Some(words)));
    lines(shown)
}

/// All settings, or the value of one.
pub fn settings(response: &Response, key: Option<&str>) -> io::Result<()> {
    match key {
        None => lines(response.settings.iter().map(|(key, value)| format!("{key} = {value}"))),
        Some(key) => match response.settings.iter().find(|(known, _)| known == key) {
            Some((_, value)) => lines([value]),
            None => Ok(()), // Looked for before.
        },
    }
}

/// A value as JSON.
pub fn json(value: &impl Serialize) -> io::Result<()> {
    exact(&format!("{}\n", serde_json::to_string_pretty(value)?))
}

/// The log on stderr: warnings; with `-v` also what happens, with `-vv` everything.
pub fn log_to_stderr(verbose: u8) {
    let level = match verbose {
        0 => tracing::Level::WARN,
        1 => tracing::Level::INFO,
        _ => tracing::Level::TRACE,
    };
    let ours = tracing_subscriber::filter::Targets::new().with_target("bbdrop", level);
    let colours = io::stderr().is_terminal();
    let fields = tracing_subscriber::fmt::format::debug_fn(|writer, field, value| match field.name() {
        "message" => write!(writer, "{}", printable(&format!("{value:?}"))),
        name => write!(writer, "{name}={}", printable(&format!("{value:?}"))),
    });
    let layer = tracing_subscriber::fmt::layer().with_writer(io::stderr).with_target(false).with_ansi(colours);
    let layer = layer.fmt_fields(fields.delimited(" "));
    let subscriber = tracing_subscriber::registry().with(ours).with(layer);
    // Fails only when there is one already.
    let _ = tracing::subscriber::set_global_default(subscriber);
}
