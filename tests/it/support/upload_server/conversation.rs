//! One connection from its first request to its end: read, go wrong where that is wanted, answer.

use std::io::Result;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;

use super::Shared;
use super::connection::{Connection, Head};
use super::faults::Fault;
use super::gallery_api::{Answer, Intake};
use super::log::{Kind, Pending};
use super::multipart::Image;

/// Ends when the client leaves or a fault wants it; an error is one of these ways.
pub async fn converse(stream: TcpStream, shared: Arc<Shared>) -> Result<()> {
    let mut connection = Connection::new(stream, Arc::clone(&shared.supply))?;
    loop {
        let head = connection.head().await?;
        if !exchange(&mut connection, head, &shared).await? {
            return Ok(());
        }
    }
}

/// One request and its answer; whether the connection stays open. The request is over, and logged, before the client can know
/// it: else its next one would look like one more at the same time.
async fn exchange(connection: &mut Connection, mut head: Head, shared: &Shared) -> Result<bool> {
    let mut pending = Pending::new(&shared.log, Kind::of(&head));
    let intake = receive(connection, &mut head, shared, &mut pending).await?;
    let fault = pending.arrival.fault.clone();
    match &fault {
        Some(Fault::Reset { .. }) => {
            connection.end_with_reset()?;
            return Ok(false);
        }
        Some(Fault::Stall { time_max, .. }) => {
            connection.wait_until_gone(*time_max).await;
            return Ok(false);
        }
        _ => {}
    }
    wait(shared, pending.arrival.kind, fault.as_ref()).await;
    let answer = answer(&head, &intake, shared, &mut pending);
    let is_lost = fault == Some(Fault::LostAnswer);
    pending.arrival.status = (!is_lost).then_some(answer.status);
    drop(pending);
    let bytes = answer.bytes();
    match fault {
        Some(Fault::LostAnswer) => return Ok(false),
        Some(Fault::TruncatedAnswer) => {
            connection.send(&bytes[..bytes.len() - answer.body_bytes().div_ceil(2)]).await?;
            return Ok(false);
        }
        Some(Fault::DribbledAnswer { pause }) => connection.send_dribbled(&bytes, pause).await?,
        _ => connection.send(&bytes).await?,
    }
    Ok(!head.ends_connection)
}

/// Reads the body to its end, or to where a fault cuts it. The fate of an image is drawn when its name is known.
async fn receive(
    connection: &mut Connection,
    head: &mut Head,
    shared: &Shared,
    pending: &mut Pending,
) -> Result<Intake> {
    let kind = pending.arrival.kind;
    let mut intake = Intake::new(kind, head, shared.hashes);
    let mut is_drawn = kind != Kind::Upload;
    if is_drawn {
        pending.arrival.fault = shared.supply.draw(kind, "");
    }
    if head.expects_continue {
        connection.send(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
    }
    while let Some(piece) = connection.piece(&mut head.body).await? {
        intake.take(piece);
        if let Intake::Form(form) = &intake
            && let Some(image) = form.image()
        {
            if !is_drawn {
                is_drawn = true;
                let fault = shared.supply.draw(kind, &image.file_name);
                pending.name(form.gallery(), image.file_name.clone(), fault);
            }
            pending.count(image.bytes);
        }
        if pending.arrival.fault.as_ref().is_some_and(|fault| fault.cuts_at(head.body.received)) {
            return Ok(intake);
        }
    }
    if !is_drawn {
        pending.arrival.fault = shared.supply.draw(kind, "");
    }
    pending.arrival.is_whole = true;
    if let Intake::Form(form) = &intake {
        pending.arrival.content_hash = form.image().and_then(Image::content_hash);
    }
    Ok(intake)
}

async fn wait(shared: &Shared, kind: Kind, fault: Option<&Fault>) {
    let latency = shared.supply.latency(kind);
    let late = if let Some(Fault::Late(late)) = fault { *late } else { Duration::ZERO };
    // A timer of no time takes a millisecond.
    if latency + late > Duration::ZERO {
        // tokio's timer is up to 2 ms late, which would be a twentieth of what is measured against.
        let wait = move || std::thread::sleep(latency + late);
        let _ = tokio::task::spawn_blocking(wait).await; // Nobody cancels it.
    }
}

/// Carries the request out, unless a fault keeps it from that.
fn answer(head: &Head, intake: &Intake, shared: &Shared, pending: &mut Pending) -> Answer {
    match pending.arrival.fault.clone() {
        Some(Fault::Status { status, retry_after_s, words }) => {
            let answer = Answer::error(status, &words);
            let Some(seconds) = retry_after_s else { return answer };
            answer.with_header("Retry-After", seconds.to_string())
        }
        Some(Fault::Challenge) => {
            let page = Answer::html(403, "<title>Just a moment...</title>Checking your browser.");
            page.with_header("Server", "cloudflare").with_header("cf-mitigated", "challenge")
        }
        Some(Fault::HtmlAnswer) => {
            shared.api.answer(head, intake, pending);
            Answer::html(200, "We are down for maintenance.")
        }
        _ => shared.api.answer(head, intake, pending),
    }
}
