//! A request of the delegate channel, carried out at the desk. The command line without a resident comes the same way.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::protocol::{Action, Request, Response, Verb};
use super::{Desk, path_text, tabs};
use crate::core::gallery::Priority;
use crate::core::output::no_such_template;
use crate::core::printable::printable;
use crate::core::report::{GalleryDetails, GalleryReport, HostReport, StatusReport};
use crate::core::settings::no_such_setting;
use crate::core::snapshot::HostRow;
use crate::core::{
    AddOutcome, Arrival, Choices, Command, Direction, Field, GalleryId, GalleryState, Output, OutputWish, Refusal,
    RefusalCode, Reply, Row, Selection, Snapshot, TabId, TemplateChange,
};

/// Carries out `request`; `pid` is the resident's, if it is one.
pub async fn dispatch(desk: &impl Desk, request: Request, pid: Option<u32>) -> Response {
    let result = match request.command {
        Verb::RunOnce => run_once(desk, &request).await,
        Verb::Add => add(desk, &request).await,
        Verb::Raise => desk.ask(Command::Raise).await.map(|_| Response::done("raised")),
        Verb::Status => status(desk, pid).await,
        Verb::Queue => queue(desk, &request).await,
        Verb::Show => show(desk, &request).await,
        Verb::Hosts => hosts(desk, request).await,
        Verb::Tabs => tabs::tabs(desk, &request).await,
        Verb::Output => output(desk, &request).await,
        Verb::Settings => settings(desk, &request.key).await,
        Verb::Configure => configure(desk, request.key, request.value).await,
        Verb::Import => import(desk, &request.value).await,
        Verb::Quit => desk.ask(Command::Quit).await.map(|_| Response::done("stopping")),
        Verb::Prove => Err(bad_request("A connection begins with this; the request itself follows.")),
    };
    result.unwrap_or_else(Response::from)
}

/// What became of the folders: the galleries they are, and why the others are none.
struct Taken {
    ids: Vec<GalleryId>,
    arrival: Arrival,
    notes: Vec<String>,
    refusal: Option<Refusal>,
}

async fn take(desk: &impl Desk, request: &Request, start: bool) -> Result<Taken, Refusal> {
    if request.folders.is_empty() {
        return Err(Refusal::new(RefusalCode::BadRequest, "No folder was named. Name at least one folder to upload."));
    }
    check_template(desk, &request.template).await?;
    let folders: Vec<_> = request.folders.iter().map(|text| path_text::read(text)).collect::<Result<_, _>>()?;
    let tab = if request.tab.is_empty() { TabId::MAIN } else { tabs::find(&*snapshot(desk).await?, &request.tab)? };
    let choices = Choices {
        start,
        host: Some(request.host.clone()).filter(|host| !host.is_empty()),
        name: Some(request.name.clone()).filter(|name| !name.is_empty()),
        template: Some(request.template.clone()).filter(|name| !name.is_empty()),
        tab,
        takes_images: request.takes_images,
        unproven: false, // The token is the proof.
    };
    let command = Command::Add { paths: folders.clone(), choices };
    let Reply::Added(outcomes) = desk.ask(command).await? else { return Err(unexpected()) };
    let arrival = Arrival::of(&folders, &outcomes);
    let mut taken = Taken { ids: Vec::new(), arrival, notes: Vec::new(), refusal: None };
    for outcome in outcomes.into_iter().flatten() {
        match outcome {
            AddOutcome::Added(id) | AddOutcome::Duplicate(id) => taken.ids.push(id),
            AddOutcome::Refused(refusal) => {
                taken.notes.push(refusal.words.clone());
                taken.refusal.get_or_insert(refusal);
            }
        }
    }
    Ok(taken)
}

/// Only a template that is there can be asked for. One that is there and wrong is no reason to refuse an upload.
async fn check_template(desk: &impl Desk, name: &str) -> Result<(), Refusal> {
    if name.is_empty() {
        return Ok(());
    }
    let Reply::Templates(done) = desk.ask(Command::Templates(TemplateChange::List)).await? else {
        return Err(unexpected());
    };
    if done.templates.iter().any(|template| template.name == name) {
        return Ok(());
    }
    Err(Refusal::new(RefusalCode::NoSuchTemplate, no_such_template(name, &done.templates)))
}

async fn run_once(desk: &impl Desk, request: &Request) -> Result<Response, Refusal> {
    let taken = take(desk, request, true).await?;
    if taken.ids.is_empty() {
        return Err(taken.refusal.unwrap_or_else(unexpected));
    }
    desk.ask(Command::Await(taken.ids.clone())).await?;
    let snapshot = snapshot(desk).await?;
    let rows = rows(&snapshot, &taken.ids);
    let output = render(desk, taken.ids, request).await?;
    let mut notes = taken.notes;
    notes.extend(output.notes);
    let mut response = Response {
        added: taken.arrival.added_ids(),
        duplicates: taken.arrival.duplicate_ids(),
        posts: if request.output_to_stdout { output.posts } else { Vec::new() },
        data: if request.output_to_stdout { output.text } else { account(&rows) },
        galleries: rows.iter().map(|row| GalleryReport::new(row, &snapshot)).collect(),
        notes,
        ..Response::default()
    };
    match taken.refusal.or_else(|| verdict(&rows, &snapshot)) {
        None => response.success = true,
        Some(refusal) => {
            response.code = Some(refusal.code.name().to_owned());
            response.error = Some(refusal.words);
        }
    }
    Ok(response)
}

/// What went wrong, the whole job in view.
fn verdict(rows: &[Arc<Row>], snapshot: &Snapshot) -> Option<Refusal> {
    let failed = rows.iter().find(|row| row.state != GalleryState::Completed)?;
    let code = match failed.state {
        GalleryState::Failed | GalleryState::Missing if failed.tally.usable() == 0 => RefusalCode::NothingToUpload,
        // It waits for a person, or for long.
        GalleryState::Queued if is_held(snapshot, &failed.host) => RefusalCode::HostNotReady,
        _ => RefusalCode::UploadFailed,
    };
    let reason = snapshot.reason(failed);
    let reason = if reason.is_empty() { "It was not finished." } else { &reason };
    Some(Refusal::new(code, format!("{}: {}: {reason}", failed.name, failed.state.name())))
}

fn is_held(snapshot: &Snapshot, host: &str) -> bool {
    snapshot.hosts.iter().any(|row| row.id == host && row.is_closed)
}

fn account(rows: &[Arc<Row>]) -> String {
    let line = |row: &Arc<Row>| {
        let (name, link) = (printable(&row.name), row.link.as_deref().unwrap_or_default());
        format!("{name}: {} of {} images uploaded {link}\n", row.tally.uploaded, row.tally.usable())
    };
    rows.iter().map(line).collect()
}

async fn add(desk: &impl Desk, request: &Request) -> Result<Response, Refusal> {
    let taken = take(desk, request, request.start).await?;
    // As through the folder channel; the folders are in the queue whether the window hears of it or not.
    let _ = desk.ask(Command::Announce(taken.arrival.clone())).await;
    let galleries = reports(&*snapshot(desk).await?, &taken.ids);
    let response = match taken.refusal {
        None => Response::done(format!("{} in the queue", taken.ids.len())),
        Some(refusal) => Response::from(refusal),
    };
    Ok(Response {
        added: taken.arrival.added_ids(),
        duplicates: taken.arrival.duplicate_ids(),
        galleries,
        notes: taken.notes,
        ..response
    })
}

async fn status(desk: &impl Desk, pid: Option<u32>) -> Result<Response, Refusal> {
    let report = StatusReport::new(&*snapshot(desk).await?, pid);
    Ok(Response { status: Some(report), ..Response::done("") })
}

async fn queue(desk: &impl Desk, request: &Request) -> Result<Response, Refusal> {
    let ids = request.ids.as_ref().map(|ids| ids.iter().copied().map(GalleryId).collect::<BTreeSet<_>>());
    let selection = Selection { ids, state: request.state };
    let command = match request.action {
        Action::List => return list(desk, &selection).await,
        Action::Start => Command::Start(selection),
        Action::Pause => Command::Pause(selection),
        Action::Stop => Command::Stop(selection),
        Action::Retry => Command::Retry(selection),
        Action::Remove => Command::Remove(selection),
        Action::Forget => Command::Forget(selection),
        Action::Rescan => Command::Rescan(selection),
        Action::Reset => Command::Reset(selection),
        Action::Reuse => Command::Reuse(selection),
        Action::Move => Command::Move(selection, direction(&request.value)?),
        Action::Priority => Command::SetPriority(selection, priority(&request.value)?),
        Action::Host => Command::SetHost(selection, request.value.clone()),
        Action::Rename => Command::Rename(one(request)?, request.value.clone()),
        Action::Template => {
            check_template(desk, &request.value).await?;
            Command::SetTemplate(selection, Some(request.value.clone()))
        }
        Action::Render => Command::RenderAgain(selection),
        Action::Field => {
            let value = request.value.clone();
            Command::SetField { selection, field: field(&request.key)?, value }
        }
        Action::Tab => Command::MoveToTab(selection, tabs::find(&*snapshot(desk).await?, &request.value)?),
        Action::Relocate => Command::Relocate { gallery: one(request)?, folder: path_text::read(&request.value)? },
        Action::Set
        | Action::Resume
        | Action::SignIn
        | Action::SignOut
        | Action::Test
        | Action::Reload
        | Action::Import
        | Action::RemoveHost
        | Action::Add => {
            return Err(bad_request("That is for hosts or tabs, not for galleries."));
        }
    };
    let (changed, note) = match desk.ask(command).await? {
        Reply::Changed(changed) => (changed, None),
        Reply::Told { changed, words } => (changed, Some(words)),
        _ => return Err(unexpected()),
    };
    let snapshot = snapshot(desk).await?;
    let galleries = reports(&snapshot, &changed);
    let notes = note.into_iter().collect();
    Ok(Response { galleries, notes, ..Response::done(changed.len().to_string()) })
}

/// The one gallery that is named.
fn one(request: &Request) -> Result<GalleryId, Refusal> {
    let id = request.ids.iter().flatten().next().copied().map(GalleryId);
    id.ok_or_else(|| bad_request("No gallery was named."))
}

fn field(name: &str) -> Result<Field, Refusal> {
    let words = || format!("There is no field “{name}”. There are: {}.", Field::ALL.map(Field::name).join(", "));
    Field::from_name(name).ok_or_else(|| bad_request(&words()))
}

fn direction(value: &str) -> Result<Direction, Refusal> {
    match value {
        "top" => Ok(Direction::Top),
        "up" => Ok(Direction::Up),
        "down" => Ok(Direction::Down),
        "bottom" => Ok(Direction::Bottom),
        _ => {
            let target = value.strip_prefix("before:").and_then(|id| id.parse().ok());
            let words = "A gallery moves top, up, down or bottom, or before:ID.";
            target.map(|id| Direction::Before(GalleryId(id))).ok_or_else(|| bad_request(words))
        }
    }
}

fn priority(value: &str) -> Result<Priority, Refusal> {
    Priority::from_name(value).ok_or_else(|| bad_request("A priority is high, normal or low."))
}

pub(super) fn bad_request(words: &str) -> Refusal {
    Refusal::new(RefusalCode::BadRequest, words)
}

async fn list(desk: &impl Desk, selection: &Selection) -> Result<Response, Refusal> {
    let snapshot = snapshot(desk).await?;
    let wanted = |row: &&Arc<Row>| {
        selection.ids.as_ref().is_none_or(|ids| ids.contains(&row.id))
            && selection.state.is_none_or(|state| row.state == state)
    };
    let galleries = snapshot.rows.iter().filter(wanted).map(|row| GalleryReport::new(row, &snapshot)).collect();
    Ok(Response { galleries, ..Response::done("") })
}

async fn show(desk: &impl Desk, request: &Request) -> Result<Response, Refusal> {
    let id = one(request)?;
    let Reply::Images(stored) = desk.ask(Command::Show(id)).await? else { return Err(unexpected()) };
    let snapshot = snapshot(desk).await?;
    let row = snapshot.rows.iter().find(|row| row.id == id);
    let gallery = row.map(|row| GalleryDetails::new(row, &snapshot, &stored));
    Ok(Response { gallery, ..Response::done("") })
}

async fn hosts(desk: &impl Desk, request: Request) -> Result<Response, Refusal> {
    let host = request.host.clone();
    match request.action {
        Action::Set => {
            desk.ask(Command::ConfigureHost { host: request.host, key: request.key, value: request.value }).await?;
        }
        Action::Resume => {
            desk.ask(Command::ResumeHost(request.host)).await?;
        }
        Action::SignIn => {
            desk.ask(Command::SignIn { host: request.host, entered: request.entered }).await?;
        }
        Action::SignOut => {
            desk.ask(Command::SignOut(request.host)).await?;
        }
        Action::Test => return test(desk, request.host).await,
        Action::Reload if !host.is_empty() => return reload_for_one(desk).await,
        Action::Reload => {
            desk.ask(Command::ReloadHosts).await?;
        }
        Action::Import => {
            desk.ask(Command::AddHost { text: request.value, replace: request.key == "replace" }).await?;
        }
        Action::RemoveHost => {
            desk.ask(Command::RemoveHost(request.host)).await?;
        }
        _ => {}
    }
    // Asked about one host that has just been put away, there would be nothing to tell.
    let host = if request.action == Action::RemoveHost { String::new() } else { host };
    let snapshot = snapshot(desk).await?;
    let wanted = |row: &&HostRow| host.is_empty() || row.id == host;
    let hosts: Vec<_> = snapshot.hosts.iter().filter(wanted).map(|row| HostReport::new(row, &snapshot)).collect();
    if hosts.is_empty() {
        let known: Vec<_> = snapshot.hosts.iter().map(|row| row.id.as_str()).collect();
        let words = format!("There is no host “{host}”. There are: {}.", known.join(", "));
        return Err(Refusal::new(RefusalCode::NoSuchHost, words));
    }
    Ok(Response { hosts, ..Response::done("") })
}

/// Whoever has added or removed one host has done so, even if the definitions of others are broken.
async fn reload_for_one(desk: &impl Desk) -> Result<Response, Refusal> {
    let notes = match desk.ask(Command::ReloadHosts).await {
        Err(refusal) if refusal.code == RefusalCode::BadRequest => refusal.words.lines().map(str::to_owned).collect(),
        reloaded => {
            reloaded?;
            Vec::new()
        }
    };
    Ok(Response { notes, ..Response::done("") })
}

async fn test(desk: &impl Desk, host: String) -> Result<Response, Refusal> {
    let Reply::Tested(tested) = desk.ask(Command::TestHost(host)).await? else { return Err(unexpected()) };
    let response = match tested.iter().find(|step| !step.ok) {
        Some(failed) => {
            Response::from(Refusal::new(RefusalCode::UploadFailed, format!("{}: {}", failed.what, failed.words)))
        }
        None => Response::done(""),
    };
    Ok(Response { tested, ..response })
}

async fn output(desk: &impl Desk, request: &Request) -> Result<Response, Refusal> {
    let ids = request.ids.iter().flatten().copied().map(GalleryId).collect();
    check_template(desk, &request.template).await?;
    let Output { text, notes, posts, data, .. } = render(desk, ids, request).await?;
    Ok(Response { notes, posts, output: data, ..Response::done(text) })
}

/// All settings, or with a `key` that one.
async fn settings(desk: &impl Desk, key: &str) -> Result<Response, Refusal> {
    let mut entries = snapshot(desk).await?.settings.entries();
    if !key.is_empty() {
        entries.retain(|(known, _)| *known == key);
        if entries.is_empty() {
            return Err(Refusal::new(RefusalCode::BadRequest, no_such_setting(key)));
        }
    }
    let settings = entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    Ok(Response { settings, ..Response::done("") })
}

async fn configure(desk: &impl Desk, key: String, value: String) -> Result<Response, Refusal> {
    if key == "output.template" {
        check_template(desk, value.trim()).await?;
    }
    desk.ask(Command::Configure { key, value }).await.map(|_| Response::done(""))
}

/// What could not be taken makes it a failure, told with all the rest.
async fn import(desk: &impl Desk, from: &str) -> Result<Response, Refusal> {
    let Reply::Imported(report) = desk.ask(Command::Import(path_text::read(from)?)).await? else {
        return Err(unexpected());
    };
    let response = match report.not_taken.len() {
        0 => Response::done(report.summary()),
        _ => Response::from(Refusal::new(RefusalCode::NotAllTaken, report.summary())),
    };
    Ok(Response { import: Some(report), ..response })
}

pub(super) async fn snapshot(desk: &impl Desk) -> Result<Arc<Snapshot>, Refusal> {
    match desk.ask(Command::Report).await? {
        Reply::Report(snapshot) => Ok(snapshot),
        _ => Err(unexpected()),
    }
}

/// The rows of these galleries, in queue order; removed ones are left out.
fn rows(snapshot: &Snapshot, ids: &[GalleryId]) -> Vec<Arc<Row>> {
    let ids: BTreeSet<_> = ids.iter().copied().collect();
    snapshot.rows.iter().filter(|row| ids.contains(&row.id)).map(Arc::clone).collect()
}

fn reports(snapshot: &Snapshot, ids: &[GalleryId]) -> Vec<GalleryReport> {
    rows(snapshot, ids).iter().map(|row| GalleryReport::new(row, snapshot)).collect()
}

async fn render(desk: &impl Desk, ids: Vec<GalleryId>, request: &Request) -> Result<Output, Refusal> {
    let template = Some(request.template.clone()).filter(|name| !name.is_empty());
    let wish = OutputWish { template, with_data: request.with_data };
    match desk.ask(Command::OutputAs(ids, wish)).await? {
        Reply::Output(output) => Ok(output),
        _ => Err(unexpected()),
    }
}

pub(super) fn unexpected() -> Refusal {
    Refusal::new(RefusalCode::Internal, "BBDrop gave an answer that does not fit the question. Please report this.")
}
