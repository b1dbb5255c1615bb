//! Notifications, and clicks on them (<https://specifications.freedesktop.org/notification-spec/latest/protocol.html>). Clicks are
//! waited for on a thread of its own, which ends with the connection.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};

use zbus::MatchRule;
use zbus::blocking::{Connection, MessageIterator};
use zbus::message::{Message, Type};
use zbus::zvariant::Value;

use super::desktop::{NAME, session};
use crate::platform::desktop::Wish;

const SERVICE: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";
/// As long as the service thinks right.
const USUAL_TIME: i32 = -1;
/// What a click on a notification is called, and what it says where it is a button.
const CLICK: [&str; 2] = ["default", "Show BBDrop"];
/// Notifications that may still be clicked on.
const SHOWN_MAX: usize = 32;

type Wisher = Arc<Mutex<Box<dyn Fn(Wish) + Send>>>;

/// Whoever shows notifications, connected when there is something to show.
pub struct Notifications {
    wish: Wisher,
    service: Option<Service>,
}

impl Notifications {
    pub fn new(wish: Box<dyn Fn(Wish) + Send>) -> Self {
        Self { wish: Arc::new(Mutex::new(wish)), service: None }
    }

    /// After a failure the next one may find a session again.
    pub fn show(&mut self, title: &str, text: &str) -> zbus::Result<()> {
        let service = match self.service.take() {
            Some(service) => service,
            None => Service::find(Arc::clone(&self.wish))?,
        };
        service.show(title, text)?;
        self.service = Some(service);
        Ok(())
    }
}

/// The numbers of the last notifications.
type Shown = Arc<Mutex<VecDeque<u32>>>;

struct Service {
    session: Connection,
    /// Some services would show a question instead if there were anything to click on.
    has_clicks: bool,
    shown: Shown,
    listener: Option<JoinHandle<()>>,
}

impl Service {
    fn find(wish: Wisher) -> zbus::Result<Self> {
        let session = session()?;
        let answer = session.call_method(Some(SERVICE), PATH, Some(SERVICE), "GetCapabilities", &())?;
        let can: Vec<String> = answer.body().deserialize()?;
        let rule = MatchRule::builder().msg_type(Type::Signal).sender(SERVICE)?.interface(SERVICE)?;
        let clicks = MessageIterator::for_match_rule(rule.member("ActionInvoked")?.build(), &session, None)?;
        let shown = Shown::default();
        let ours = Arc::clone(&shown);
        let listen = move || {
            for click in clicks.map_while(Result::ok) {
                if is_on_one_of(&click, &ours) {
                    locked(&wish)(Wish::Show);
                }
            }
        };
        let listener = Builder::new().name("notifications".to_owned()).spawn(listen)?;
        let has_clicks = can.iter().any(|able| able == "actions");
        Ok(Self { session, has_clicks, shown, listener: Some(listener) })
    }

    fn show(&self, title: &str, text: &str) -> zbus::Result<()> {
        let hints = HashMap::from([("desktop-entry", Value::from("bbdrop"))]);
        let actions: &[&str] = if self.has_clicks { &CLICK } else { &[] };
        let body = (NAME, 0_u32, "bbdrop", title, escaped(text), actions, hints, USUAL_TIME);
        // A click that comes before the number is known has to wait for it.
        let mut shown = locked(&self.shown);
        let answer = self.session.call_method(Some(SERVICE), PATH, Some(SERVICE), "Notify", &body)?;
        shown.push_back(answer.body().deserialize()?);
        if shown.len() > SHOWN_MAX {
            shown.pop_front();
        }
        Ok(())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.session.clone().close(); // It may be closed already.
        if let Some(listener) = self.listener.take() {
            let _ = listener.join(); // It has nothing left to say.
        }
    }
}

/// Everybody hears of every click.
fn is_on_one_of(click: &Message, shown: &Shown) -> bool {
    let body = click.body();
    let Ok((number, action)) = body.deserialize::<(u32, &str)>() else { return false };
    action == CLICK[0] && locked(shown).contains(&number)
}

fn locked<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a notification shows may have tags in it.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_no_tags() {
        assert_eq!(escaped("a < b & c > d"), "a &lt; b &amp; c &gt; d");
    }
}
