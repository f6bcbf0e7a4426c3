//! Malformed and odd input, from the tables in tests/hostile: at once and byte by byte, against the whole server. After each case the
//! server still serves, and holds not a byte more than before.

pub mod answer;
mod table;

use std::time::Duration;

use wm_sys::host::PeerSocket;
use wm_websockets::http::{Request, RouteError, Status};
use wm_websockets::server::{Context, Response, Routes, WholeBody};

use crate::http_client::HttpClient;
use crate::websocket::Echo;
use crate::world::{PORT, World};
use answer::{Answer, Fate};
use table::Case;

/// For all that follows a case at once; much less than any deadline of the server.
const SOON: Duration = Duration::from_millis(500);

/// Between two pieces of a case that comes in many.
const STEP: Duration = Duration::from_millis(1);

/// Longer cases come in so many pieces, so that no head takes longer than it may.
const MAX_PIECES: usize = 3_000;

#[test]
fn request_lines() {
    play("request_lines");
}

#[test]
fn fields() {
    play("fields");
}

#[test]
fn hosts() {
    play("hosts");
}

#[test]
fn framing() {
    play("framing");
}

#[test]
fn chunked() {
    play("chunked");
}

#[test]
fn handshakes() {
    play("handshakes");
}

#[test]
fn frames() {
    play("frames");
}

#[test]
fn utf8() {
    play("utf8");
}

#[test]
fn closing() {
    play("closing");
}

fn routes() -> Result<Routes, RouteError> {
    let text = |text: &'static str| move |_: &Request<'_>, response: &mut Response<'_>| response.text(text);
    let echo = |body: &[u8], response: &mut Response<'_>| response.send(Status::OK, "text/plain", body);
    Routes::new()
        .get("/hello", text("hello"))?
        .get("/devices/{id}", text("a device"))?
        .post("/echo", WholeBody(echo))?
        .websocket("/ws", Echo::default())
}

/// Plays every case of a table, and tells of all that did not go as they should.
#[track_caller]
fn play(name: &str) {
    let mut world = World::server(routes().expect("sound routes"));
    let mut wrong = Vec::new();
    for case in table::read(name) {
        for pieces in [1, case.input.len().clamp(1, MAX_PIECES)] {
            if let Err(fault) = play_case(&mut world, &case, pieces) {
                wrong.push(format!("{name}.cases:{} in {pieces} pieces ({}): {fault}", case.line, case.note));
            }
        }
    }
    assert!(wrong.is_empty(), "{} cases\n{}", wrong.len(), wrong.join("\n"));
}

fn play_case(world: &mut World<Context>, case: &Case, pieces: usize) -> Result<(), String> {
    let socket = world.peer.connect(PORT);
    for piece in case.input.chunks(case.input.len().div_ceil(pieces).max(1)) {
        world.peer.send(socket, piece);
        world.run_for(STEP);
    }
    world.run_for(SOON);
    let answer = answer(world, socket, case);
    let mut next = HttpClient::connected(world);
    let serves = next.is_usable(world);
    for socket in [socket, next.socket] {
        world.peer.abort(socket);
    }
    let held = world.held_after_all_left();
    world.peer.remove(socket);
    world.peer.remove(next.socket);
    match () {
        () if answer != case.answer => Err(format!("{answer} instead of {}", case.answer)),
        () if !serves => Err("the server does not serve any more".to_owned()),
        () if held != 0 => Err(format!("{held} bytes are still held")),
        () => Ok(()),
    }
}

/// What arrived, and whether the connection can be used further.
fn answer(world: &mut World<Context>, socket: PeerSocket, case: &Case) -> Answer {
    let mut received = world.peer.recv(socket);
    let ended = world.peer.is_finished(socket) || world.peer.is_closed(socket);
    let mut answer = Answer::read(&case.input, &received, ended);
    if ended {
        answer.fate = if world.peer.is_reset(socket) { Fate::Reset } else { Fate::Closed };
        return answer;
    }
    let (probe, expected) = answer.probe();
    world.peer.send(socket, probe);
    world.run_for(SOON);
    received.extend(world.peer.recv(socket));
    let words = Answer::read(&case.input, &received, false).words;
    let answered = words.strip_prefix(&answer.words[..]).is_some_and(|new| new == [expected]);
    answer.fate = if answered { Fate::Open } else { Fate::Waits };
    answer
}
