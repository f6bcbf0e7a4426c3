//! What is measured: the time that a server takes for some work. What its client takes in between does not count.

use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::direct::{Configuration, Connection, Saved};
use crate::servers::{Accepted, Server};

/// Handshakes in a sample.
const HANDSHAKES: usize = 12;
/// Records of application data in a sample, in batches that the server meets all at once.
const BATCHES: usize = 10;
const BATCH: usize = 100;
/// What one of the client's records and one of the server's holds in this build: Mbed TLS's `SSL_OUT_CONTENT_LEN`.
const RECORD: usize = 4096;
const MESSAGE: usize = 125;
/// A server that sends its certificate sends more than this, and one that resumes less.
const CERTIFICATE: usize = 600;

#[derive(Clone, Copy)]
pub enum Work {
    Handshakes,
    Resumptions,
    Receive,
    Send,
    Echo,
    /// The same, and in between the connection gives back what it can.
    EchoAndRest,
}

pub const ALL: [Work; 6] =
    [Work::Handshakes, Work::Resumptions, Work::Receive, Work::Send, Work::Echo, Work::EchoAndRest];

impl Work {
    pub fn name(self) -> &'static str {
        match self {
            Work::Handshakes => "full handshake",
            Work::Resumptions => "resumed handshake",
            Work::Receive => "receive records of 4 KiB",
            Work::Send => "send records of 4 KiB",
            Work::Echo => "echo 125 B",
            Work::EchoAndRest => "echo 125 B, parked in between",
        }
    }

    pub fn unit(self) -> &'static str {
        match self {
            Work::Handshakes | Work::Resumptions => "1/s",
            Work::Receive | Work::Send => "MB/s",
            Work::Echo | Work::EchoAndRest => "1/s",
        }
    }

    /// Handshakes, records or messages in one sample.
    pub fn count(self) -> usize {
        match self {
            Work::Handshakes | Work::Resumptions => HANDSHAKES,
            Work::Receive | Work::Send | Work::Echo | Work::EchoAndRest => BATCHES * BATCH,
        }
    }

    /// Units of work a second of the server's time.
    pub fn rate<S: Server>(self, server: &S, client: &Configuration) -> f64 {
        const MB: f64 = 1e6;
        let (done, time) = match self {
            Work::Handshakes => handshakes(server, client, None),
            Work::Resumptions => handshakes(server, client, Some(&ticket(server, client))),
            Work::Receive => receive(server, client),
            Work::Send => send(server, client),
            Work::Echo => echo(server, client, BATCH, false),
            Work::EchoAndRest => echo(server, client, 1, true),
        };
        let unit = if matches!(self, Work::Receive | Work::Send) { MB } else { 1.0 };
        done as f64 / unit / time.as_secs_f64()
    }
}

/// Adds up the time of what it runs.
#[derive(Default)]
struct Stopwatch(Duration);

impl Stopwatch {
    fn run<R>(&mut self, work: impl FnOnce() -> R) -> R {
        let (mut work, mut result) = (Some(work), None);
        let start = Instant::now();
        server_at_work(&mut || result = work.take().map(|work| work()));
        self.0 += start.elapsed();
        result.expect("it ran")
    }
}

/// What callgrind collects: it switches at the entry and the exit, by the name.
#[unsafe(no_mangle)]
#[inline(never)]
fn server_at_work(run: &mut dyn FnMut()) {
    run();
    // Without it the call above would be a jump.
    black_box(1);
}

/// A connection whose handshake is over on both sides.
fn connect<S: Server>(
    server: &S,
    client: &Configuration,
    saved: Option<&Saved>,
    time: &mut Stopwatch,
) -> (S::Connection, Connection) {
    let mut bytes = 0;
    let mut client = Connection::new(client, saved);
    let mut server = time.run(|| server.accept());
    loop {
        let client_is_done = client.handshake();
        client.wires().carry_to(server.wires());
        let server_is_done = time.run(|| server.handshake());
        bytes += server.wires().carry_to(client.wires());
        if client_is_done && server_is_done {
            assert!(saved.is_none() || bytes < CERTIFICATE, "the session was not resumed");
            return (server, client);
        }
    }
}

fn ticket<S: Server>(server: &S, client: &Configuration) -> Saved {
    let (_server, mut client) = connect(server, client, None, &mut Stopwatch::default());
    assert_eq!(client.read(&mut [0; 1]), 0, "the server says nothing but a ticket");
    client.saved()
}

fn handshakes<S: Server>(server: &S, client: &Configuration, saved: Option<&Saved>) -> (usize, Duration) {
    let mut time = Stopwatch::default();
    for _ in 0..HANDSHAKES {
        let (connection, _client) = connect(server, client, saved, &mut time);
        time.run(|| drop(connection));
    }
    (HANDSHAKES, time.0)
}

fn receive<S: Server>(server: &S, client: &Configuration) -> (usize, Duration) {
    let (mut server, mut client) = connect(server, client, None, &mut Stopwatch::default());
    let (bytes, mut time, mut done) = (vec![0x5a; BATCH * RECORD], Stopwatch::default(), 0);
    for _ in 0..BATCHES {
        client.write(&bytes);
        client.wires().carry_to(server.wires());
        done += time.run(|| server.receive());
    }
    assert_eq!(done, BATCHES * BATCH * RECORD);
    (done, time.0)
}

fn send<S: Server>(server: &S, client: &Configuration) -> (usize, Duration) {
    let (mut server, _client) = connect(server, client, None, &mut Stopwatch::default());
    let (bytes, mut time) = (vec![0x5a; BATCH * RECORD], Stopwatch::default());
    for _ in 0..BATCHES {
        time.run(|| server.send(&bytes));
        server.wires().discard();
    }
    (BATCHES * bytes.len(), time.0)
}

fn echo<S: Server>(server: &S, client: &Configuration, batch: usize, rests: bool) -> (usize, Duration) {
    let (mut server, mut client) = connect(server, client, None, &mut Stopwatch::default());
    let (message, mut time) = ([0x5a; MESSAGE], Stopwatch::default());
    for _ in 0..BATCHES * BATCH / batch {
        for _ in 0..batch {
            client.write(&message);
        }
        client.wires().carry_to(server.wires());
        time.run(|| {
            server.echo();
            if rests {
                server.rest();
            }
        });
        server.wires().carry_to(client.wires());
        for _ in 0..batch {
            assert_eq!(client.read(&mut [0; 2 * MESSAGE]), MESSAGE, "the echo");
        }
    }
    (BATCHES * BATCH, time.0)
}
