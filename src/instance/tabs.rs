//! The requests about tabs, carried out at the desk. People and scripts name tabs; the queue knows them by id.

use super::Desk;
use super::dispatch::{bad_request, snapshot, unexpected};
use super::protocol::{Action, Request, Response};
use crate::core::report::TabReport;
use crate::core::{Command, Refusal, RefusalCode, Reply, Snapshot, TabId};

/// `tabs`: the list, or with an `action` one change, answered with the list.
pub(super) async fn tabs(desk: &impl Desk, request: &Request) -> Result<Response, Refusal> {
    let now = snapshot(desk).await?;
    let tab = || find(&now, &request.tab);
    let command = match request.action {
        Action::List => return Ok(list(&now)),
        Action::Add => Command::AddTab(request.tab.clone()),
        Action::Rename => Command::RenameTab(tab()?, request.value.clone()),
        Action::Remove if request.value.is_empty() => Command::DeleteTab { tab: tab()?, into: TabId::MAIN },
        Action::Remove => Command::DeleteTab { tab: tab()?, into: find(&now, &request.value)? },
        Action::Move => Command::MoveTab(tab()?, place(&request.value)?),
        _ => return Err(bad_request("That is not for tabs.")),
    };
    let words = match desk.ask(command).await? {
        Reply::Told { words, .. } => words,
        Reply::Tab(_) | Reply::Done => String::new(),
        _ => return Err(unexpected()),
    };
    Ok(Response { data: words, ..list(&*snapshot(desk).await?) })
}

/// The tab of that name; without a name the first.
pub(super) fn find(snapshot: &Snapshot, name: &str) -> Result<TabId, Refusal> {
    if name.is_empty() {
        return Ok(TabId::MAIN);
    }
    let found = snapshot.tabs.iter().find(|tab| tab.is_called(name));
    found.map(|tab| tab.id).ok_or_else(|| {
        let known: Vec<_> = snapshot.tabs.iter().map(|tab| tab.name.as_str()).collect();
        let words = format!("There is no tab “{name}”. There are: {}.", known.join(", "));
        Refusal::new(RefusalCode::NoSuchTab, words)
    })
}

fn list(snapshot: &Snapshot) -> Response {
    let count = |id| snapshot.rows.iter().filter(|row| row.place.tab == id).count();
    let report = |tab: &crate::core::Tab| TabReport { id: tab.id.0, name: tab.name.clone(), galleries: count(tab.id) };
    Response { tabs: snapshot.tabs.iter().map(report).collect(), ..Response::done("") }
}

fn place(value: &str) -> Result<usize, Refusal> {
    let place = value.parse::<usize>().ok().and_then(|place| place.checked_sub(1));
    place.ok_or_else(|| bad_request("The place of a tab is a whole number from 1."))
}
