//! Bad answers, from a table: each has its error, and none leaves anything.

use std::time::Duration;

use wm_websockets::ws::frame::parse_header;
use wm_websockets::ws::{Opcode, mask};

use super::{Recorder, accept, accept_key, connect, options, read_head, remove, world};

const TABLE: &str = include_str!("hostile_answers.txt");

#[test]
fn every_answer_of_the_table_has_its_error_and_leaves_nothing() {
    let cases: Vec<(&str, &str)> = TABLE
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_once(" => ").expect("a case is `answer => events`"))
        .collect();
    assert!(cases.len() >= 60, "{} cases", cases.len());
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|(answer, expected)| {
            let events = play(answer);
            (events != *expected).then(|| format!("{answer}\n    expected {expected}\n    but was  {events}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

/// Answers a client so, whole and byte by byte, and says what it made of that.
fn play(answer: &str) -> String {
    let [whole, pieces] = [usize::MAX, 1].map(|size| play_in_pieces(answer, size));
    // What a reset throws away is a matter of chance.
    if whole != pieces && !answer.contains("{rst}") {
        return format!("{whole} | in pieces: {pieces}");
    }
    whole
}

fn play_in_pieces(answer: &str, size: usize) -> String {
    let mut world = world();
    let recorder = Recorder::default();
    let options = options().redirects(1).subprotocol("chat").expect("options");
    let id = connect(&mut world, options, &recorder);
    let socket = accept(&mut world);
    let head = read_head(&mut world, socket);
    let (bytes, end) = expand(answer, &accept_key(&head));
    if size == usize::MAX {
        world.peer.send(socket, &bytes);
    } else {
        // The long ones in larger pieces: they would take all day.
        let size = if bytes.len() > 400 { 97 } else { size };
        for piece in bytes.chunks(size) {
            world.peer.send(socket, piece);
            world.run_for(Duration::from_millis(3));
        }
    }
    match end {
        End::Open => {}
        End::Fin => world.peer.close(socket),
        End::Rst => {
            world.run_until(|world| world.peer.unacknowledged(socket) == 0);
            world.peer.abort(socket);
        }
    }
    let mut sent = Vec::new();
    world.run_until(|world| {
        sent.extend(world.peer.recv(socket));
        if world.peer.is_finished(socket) {
            world.peer.close(socket);
        }
        recorder.events.all().iter().any(|event| is_last(event))
    });
    world.run_for(Duration::from_millis(100));
    sent.extend(world.peer.recv(socket));
    world.peer.close(socket);
    remove(&mut world, id);
    world.expect_all_freed();
    let mut events = recorder.events.all();
    events.extend(close_code(&sent));
    events.join("; ")
}

fn is_last(event: &str) -> bool {
    !event.starts_with("opened") && !event.starts_with("message") && !event.starts_with("subprotocol")
}

enum End {
    Open,
    Fin,
    Rst,
}

/// The bytes that a case stands for, and how the connection ends after them.
fn expand(answer: &str, key: &str) -> (Vec<u8>, End) {
    let (answer, end) = match answer {
        answer if answer.ends_with("{fin}") => (&answer[..answer.len() - 5], End::Fin),
        answer if answer.ends_with("{rst}") => (&answer[..answer.len() - 5], End::Rst),
        answer => (answer, End::Open),
    };
    let good = format!(
        r"HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {key}\r\n\r\n"
    );
    let answer = answer.replace("{101}", &good).replace("{accept}", key);
    (unescaped(&repeated(&answer)), end)
}

/// `{a*3}` as `aaa`.
fn repeated(text: &str) -> String {
    let Some((before, rest)) = text.split_once('{') else { return text.to_owned() };
    let (inside, after) = rest.split_once('}').expect("a closing brace");
    let (what, times) = inside.rsplit_once('*').expect("something repeated");
    format!("{before}{}{}", what.repeat(times.parse().expect("a number")), repeated(after))
}

fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first != b'\\' {
            bytes.push(*first);
            continue;
        }
        let (byte, length) = match tail {
            [b'r', ..] => (b'\r', 1),
            [b'n', ..] => (b'\n', 1),
            [b'0', ..] => (0, 1),
            [b'\\', ..] => (b'\\', 1),
            [b'x', high, low, ..] => {
                let digits = [*high, *low];
                let digits = std::str::from_utf8(&digits).expect("digits");
                (u8::from_str_radix(digits, 16).expect("hexadecimal"), 3)
            }
            _ => panic!("unknown escape in {text}"),
        };
        bytes.push(byte);
        rest = &tail[length..];
    }
    bytes
}

/// The code of the client's close frame, if it sent one.
fn close_code(mut sent: &[u8]) -> Option<String> {
    while let Ok(Some((header, length))) = parse_header(sent) {
        let end = length + header.length as usize;
        let mut payload = sent.get(length..end)?.to_vec();
        mask::apply(header.mask.expect("a client masks"), 0, &mut payload);
        if header.opcode == Opcode::Close {
            let code = payload.first_chunk::<2>().map(|code| u16::from_be_bytes(*code).to_string());
            return Some(format!("sent {}", code.as_deref().unwrap_or("nothing")));
        }
        sent = &sent[end..];
    }
    None
}
