//! Clients that send a message, wait for all of its echo, and send the next one.

use std::error::Error;
use std::io::{BufReader, Read, Write};
use std::net::TcpStream;
use std::str::FromStr;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

/// What the messages are wrapped in.
#[derive(Clone, Copy)]
pub enum Protocol {
    /// One masked binary frame; the echo is one frame that is not masked.
    WebSocket,
    /// The same; the echo is as many fragments as the server likes.
    Fragments,
    /// The bytes alone.
    Tcp,
}

impl FromStr for Protocol {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "websocket" => Ok(Protocol::WebSocket),
            "fragments" => Ok(Protocol::Fragments),
            "tcp" => Ok(Protocol::Tcp),
            _ => Err(format!("neither websocket nor fragments nor tcp: {name}")),
        }
    }
}

/// Who is asked for what.
pub struct Load<'a> {
    pub protocol: Protocol,
    pub host: &'a str,
    pub bytes: usize,
}

impl Load<'_> {
    /// Echoes a second over all connections, each of which is a thread. What was answered within the time counts, over the time
    /// that the last answer took.
    pub fn rate(&self, connections: usize, seconds: u64) -> Result<f64, Box<dyn Error>> {
        let clients = (0..connections).map(|_| self.connect()).collect::<Result<Vec<_>, _>>()?;
        let (start, time) = (Barrier::new(connections), Duration::from_secs(seconds));
        let rates = thread::scope(|scope| {
            let start = &start;
            let threads: Vec<_> = clients
                .into_iter()
                .map(|mut client| {
                    scope.spawn(move || {
                        start.wait();
                        client.echoes(time)
                    })
                })
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().expect("a client does not panic"))
                .collect::<Vec<_>>()
        });
        let rates = rates.into_iter().collect::<Result<Vec<f64>, _>>()?;
        Ok(rates.into_iter().sum())
    }

    fn connect(&self) -> Result<Client, Box<dyn Error>> {
        let payload: Vec<u8> = (0..self.bytes).map(|index| index as u8).collect();
        match self.protocol {
            Protocol::Tcp => {
                let answer = Answer::Whole(vec![0; payload.len()]);
                Ok(Client { stream: connected((self.host, 7))?, request: payload, answer })
            }
            Protocol::WebSocket => {
                let answer = Answer::Whole(vec![0; header(payload.len()).len() + payload.len()]);
                Ok(Client { stream: self.websocket("messages")?, request: masked(&payload), answer })
            }
            Protocol::Fragments => {
                let stream = self.websocket("fragments")?;
                let answer = Answer::Fragments(BufReader::new(stream.try_clone()?), vec![0; payload.len()]);
                Ok(Client { stream, request: masked(&payload), answer })
            }
        }
    }

    /// A connection whose handshake is over.
    fn websocket(&self, path: &str) -> Result<TcpStream, Box<dyn Error>> {
        let url = format!("ws://{}/{path}", self.host);
        let (mut socket, _) = tungstenite::client(url, connected((self.host, 80))?)?;
        Ok(socket.get_mut().try_clone()?)
    }
}

fn connected(address: (&str, u16)) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    Ok(stream)
}

struct Client {
    stream: TcpStream,
    request: Vec<u8>,
    answer: Answer,
}

/// How an echo comes.
enum Answer {
    /// So many bytes.
    Whole(Vec<u8>),
    /// In frames, up to the one with FIN; and room for what each of them carries.
    Fragments(BufReader<TcpStream>, Vec<u8>),
}

impl Answer {
    fn read(&mut self, stream: &mut TcpStream) -> std::io::Result<()> {
        match self {
            Answer::Whole(bytes) => stream.read_exact(bytes),
            Answer::Fragments(reader, payload) => {
                while !read_frame(reader, payload)? {}
                Ok(())
            }
        }
    }
}

/// Reads a frame that is not masked, of at most 65,535 bytes, for which there is room; says whether it is the last of its message.
fn read_frame(reader: &mut BufReader<TcpStream>, payload: &mut [u8]) -> std::io::Result<bool> {
    let (mut start, mut extended) = ([0; 2], [0; 2]);
    reader.read_exact(&mut start)?;
    let length = match start[1] {
        126 => {
            reader.read_exact(&mut extended)?;
            u16::from_be_bytes(extended).into()
        }
        short => usize::from(short),
    };
    reader.read_exact(&mut payload[..length])?;
    Ok(start[0] & 0x80 != 0)
}

impl Client {
    /// Echoes a second.
    fn echoes(&mut self, time: Duration) -> std::io::Result<f64> {
        let (start, mut count) = (Instant::now(), 0_u32);
        while start.elapsed() < time {
            self.stream.write_all(&self.request)?;
            self.answer.read(&mut self.stream)?;
            count += 1;
        }
        Ok(f64::from(count) / start.elapsed().as_secs_f64())
    }
}

/// The header of a binary frame without a mask (RFC 6455 section 5.2), for payloads of at most 65,535 bytes.
fn header(length: usize) -> Vec<u8> {
    match u8::try_from(length) {
        Ok(short @ 0..=125) => vec![0x82, short],
        _ => {
            let [high, low] = u16::try_from(length).expect("at most 65,535 bytes").to_be_bytes();
            vec![0x82, 126, high, low]
        }
    }
}

/// A binary frame as a client sends it.
fn masked(payload: &[u8]) -> Vec<u8> {
    const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
    let mut frame = header(payload.len());
    frame[1] |= 0x80;
    frame.extend(KEY);
    frame.extend(payload.iter().zip(KEY.iter().cycle()).map(|(byte, key)| byte ^ key));
    frame
}
