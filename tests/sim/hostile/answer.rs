//! What a server says, in the words of the tables.

use std::fmt;
use std::io::Cursor;

use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{Control, Data, OpCode};

use crate::http_client::{self, Asked};

#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub words: Vec<Vec<u8>>,
    pub fate: Fate,
}

/// What becomes of a connection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fate {
    /// The next request or Ping on it is answered.
    Open,
    /// The server has ended it in good order.
    Closed,
    /// The server waits for more.
    Waits,
    /// The server broke off.
    Reset,
}

impl Answer {
    /// All that was received, responses and behind a 101 frames. The fate is not known from that.
    pub fn read(input: &[u8], received: &[u8], ended: bool) -> Self {
        let asked = if input.starts_with(b"HEAD ") { Asked::Head } else { Asked::Body };
        let mut words = Vec::new();
        let mut rest = received;
        while let Some((reply, length)) = http_client::parse(rest, asked, ended) {
            words.push(reply.status.to_string().into_bytes());
            rest = &rest[length..];
            if reply.status == 101 {
                while let Some((word, length)) = frame(rest) {
                    words.push(word);
                    rest = &rest[length..];
                }
                break;
            }
        }
        if !rest.is_empty() {
            words.push([b"half=", rest].concat());
        }
        Answer { words, fate: Fate::Waits }
    }

    /// What to send to see whether the connection is in use, and the word that answers it.
    pub fn probe(&self) -> (&'static [u8], &'static [u8]) {
        match self.words.iter().any(|word| word == b"101") {
            true => (b"\x89\x85\0\0\0\0probe", b"pong=probe"),
            false => (b"GET /hello HTTP/1.1\r\nHost: device\r\n\r\n", b"200"),
        }
    }
}

/// The first frame as a word, and its length.
pub fn frame(bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
    let mut cursor = Cursor::new(bytes);
    let (header, length) = FrameHeader::parse(&mut cursor).expect("a sound frame header")?;
    assert!(header.is_final && header.mask.is_none(), "{header:?}");
    let start = usize::try_from(cursor.position()).expect("a length in memory");
    let end = start + usize::try_from(length).expect("a length in memory");
    let payload = bytes.get(start..end)?;
    let word = match header.opcode {
        OpCode::Data(Data::Text) => [b"text=", payload].concat(),
        OpCode::Data(Data::Binary) => [b"binary=", payload].concat(),
        OpCode::Control(Control::Ping) => [b"ping=", payload].concat(),
        OpCode::Control(Control::Pong) => [b"pong=", payload].concat(),
        OpCode::Control(Control::Close) => close(payload),
        other => panic!("the server never sends {other}"),
    };
    Some((word, end))
}

fn close(payload: &[u8]) -> Vec<u8> {
    match payload.first_chunk() {
        Some(code) => format!("close={}", u16::from_be_bytes(*code)).into_bytes(),
        None => b"close".to_vec(),
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for word in &self.words {
            let shown = &word[..word.len().min(40)];
            write!(formatter, "{} ", shown.escape_ascii())?;
        }
        let fate = format!("{:?}", self.fate).to_lowercase();
        formatter.write_str(&fate)
    }
}
