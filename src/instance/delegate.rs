//! The delegate channel (ADR-007): one JSON request a connection, one JSON response.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::protocol::{REQUEST_BYTES_MAX, Request, Response, Verb};
use super::resident_file::ResidentFile;
use super::{Desk, dispatch};
use crate::core::{Refusal, RefusalCode};

/// How long a client may say nothing.
const IDLE_MAX: Duration = Duration::from_secs(2);

/// Serves one connection.
pub async fn serve(mut stream: TcpStream, desk: &impl Desk, resident: &ResidentFile) {
    let response = match read_request(&mut stream).await {
        Ok(Some(request)) if request.command == Verb::Raise || resident.accepts(&request.token) => {
            dispatch(desk, request, Some(std::process::id())).await
        }
        Ok(Some(_)) => Refusal::new(RefusalCode::NotAuthorised, "not authorised").into(),
        Ok(None) => return, // Said nothing.
        Err(refusal) => refusal.into(),
    };
    // A client that has gone away does not cancel the work.
    let _ = write_response(&mut stream, &response).await;
}

/// One object, ended by a newline or the end of the stream.
async fn read_request(stream: &mut TcpStream) -> Result<Option<Request>, Refusal> {
    let bad = |words: String| Refusal::new(RefusalCode::BadRequest, words);
    let mut bytes = Vec::new();
    let mut chunk = vec![0; 16 * 1024];
    loop {
        let read = match timeout(IDLE_MAX, stream.read(&mut chunk)).await {
            Ok(Ok(read)) => read,
            Ok(Err(_)) | Err(_) if bytes.is_empty() => return Ok(None),
            Ok(Err(error)) => return Err(bad(format!("The request was cut off: {error}."))),
            Err(_) => return Err(bad("The request did not end with a newline.".to_owned())),
        };
        let new = chunk.get(..read).unwrap_or_default();
        bytes.extend_from_slice(new);
        if bytes.len() > REQUEST_BYTES_MAX {
            return Err(Refusal::new(RefusalCode::TooLong, "The request is longer than 1 MiB."));
        }
        if read == 0 || new.contains(&b'\n') {
            break;
        }
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(None);
    }
    let request = bytes.split(|byte| *byte == b'\n').find(|line| !line.iter().all(u8::is_ascii_whitespace));
    serde_json::from_slice(request.unwrap_or_default())
        .map(Some)
        .map_err(|error| bad(format!("The request is no JSON object as it should be: {error}.")))
}

async fn write_response(stream: &mut TcpStream, response: &Response) -> std::io::Result<()> {
    let mut bytes = serde_json::to_vec(response)?;
    bytes.push(b'\n');
    stream.write_all(&bytes).await?;
    stream.shutdown().await
}
