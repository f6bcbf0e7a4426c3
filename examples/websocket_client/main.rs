//! A WebSocket client for the terminal: sends lines, prints messages. Try it with the example `websocket_server`, or any server:
//! `cargo run --example websocket_client ws://localhost:8080/`.

use std::error::Error;
use std::io::BufRead;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use app::{Count, Progress};
use clap::Parser;
use echo::Echo;
use wm_websockets::client::{
    ClientError, ClientId, ClientProtocol, ClientStatus, ConnectOptions, Reconnect, WhileAway,
};
use wm_websockets::http::ReceivedResponse;
use wm_websockets::server::{Closed, Context, Limits, Socket};
use wm_websockets::ws::{CloseCode, Message};

mod app;
mod echo;
#[path = "../host/client.rs"]
mod host;

#[derive(Parser)]
#[command(about = "Sends lines to a WebSocket server, and prints its messages")]
struct Arguments {
    /// ws://HOST[:PORT][/PATH], or wss://
    url: String,
    /// Offer a subprotocol; may be repeated, the preferred one first
    #[arg(long, value_name = "NAME")]
    protocol: Vec<String>,
    /// Say which page asks
    #[arg(long, value_name = "ORIGIN")]
    origin: Option<String>,
    /// Add a field to the request; may be repeated
    #[arg(long, value_name = "NAME:VALUE")]
    header: Vec<String>,
    /// Basic credentials
    #[arg(long, value_name = "NAME:PASSWORD")]
    user: Option<String>,
    /// Connect again when the connection fails or is lost
    #[arg(long)]
    reconnect: bool,
    /// Instead of lines: send so many numbered messages, and check that they come back
    #[arg(long, value_name = "MESSAGES")]
    count: Option<u32>,
    /// Instead of lines: send everything back
    #[arg(long)]
    echo: bool,
    /// With --echo: whole messages of at most this many bytes, rather than fragment by fragment
    #[arg(long, value_name = "BYTES", requires = "echo")]
    assemble: Option<usize>,
    #[cfg(feature = "security-tls12")]
    #[command(flatten)]
    tls: host::TlsOptions,
    #[command(flatten)]
    host: host::Options,
}

/// It did not go well.
static FAILED: AtomicBool = AtomicBool::new(false);

fn main() -> ExitCode {
    if let Err(error) = run(&Arguments::parse()) {
        eprintln!("error: {error}");
        return ExitCode::FAILURE;
    }
    if FAILED.load(Ordering::Relaxed) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let mut limits = Limits::default();
    if let Some(bytes) = arguments.assemble {
        (limits.message, limits.queue) = (bytes, bytes);
    }
    let (mut context, stop) = host::start(&arguments.host, limits)?;
    let options = options(arguments)?;
    let assemble = arguments.assemble.is_some();
    let (client, lines) = match (arguments.echo, arguments.count) {
        (true, _) => (context.connect(options, Echo { assemble, failed })?, None),
        (_, Some(count)) => (context.connect(options, Count::new(count, report))?, None),
        _ => (context.connect(options, Terminal)?, Some(read_lines())),
    };
    let mut finished = false;
    while is_busy(&mut context, client) {
        if stop.swap(false, Ordering::Relaxed) {
            leave(&mut context, client);
        }
        if let Some(lines) = &lines
            && !finished
        {
            finished = send_lines(&mut context, client, lines);
        }
        if finished && is_open(&mut context, client) {
            leave(&mut context, client);
        }
        context.service(Duration::from_secs(10));
    }
    Ok(())
}

fn is_open(context: &mut Context, client: ClientId) -> bool {
    context.client(client).is_some_and(|mut client| client.status() == ClientStatus::Open)
}

/// Whether the client has a connection, or will have one.
fn is_busy(context: &mut Context, client: ClientId) -> bool {
    context.client(client).is_some_and(|mut client| client.status() != ClientStatus::Resting)
}

fn options(arguments: &Arguments) -> Result<ConnectOptions, Box<dyn Error>> {
    let mut options =
        ConnectOptions::new(&arguments.url)?.redirects(5).while_away(WhileAway::KeepOldest(65_536));
    for protocol in &arguments.protocol {
        options = options.subprotocol(protocol)?;
    }
    for header in &arguments.header {
        let (name, value) = header.split_once(':').ok_or("a header is NAME:VALUE")?;
        options = options.field(name.trim(), value.trim())?;
    }
    if let Some(origin) = &arguments.origin {
        options = options.origin(origin)?;
    }
    if let Some((name, password)) = arguments.user.as_deref().and_then(|user| user.split_once(':')) {
        options = options.credentials(name, password)?;
    }
    #[cfg(feature = "security-tls12")]
    {
        options = arguments.tls.apply(options)?;
    }
    if arguments.reconnect {
        options = options.reconnect(Reconnect::default());
    }
    Ok(options)
}

fn leave(context: &mut Context, client: ClientId) {
    if let Some(mut client) = context.client(client) {
        client.close(CloseCode::NORMAL, "goodbye");
    }
}

/// The lines of the terminal, read by a thread that may wait; the last one is `None`.
fn read_lines() -> Receiver<Option<String>> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let lines = std::io::stdin().lock().lines().map_while(Result::ok).map(Some);
        for line in lines.chain([None]) {
            if sender.send(line).is_err() {
                return;
            }
            wm_sys::wake();
        }
    });
    receiver
}

/// Sends the lines that have come; true: there will be no more.
fn send_lines(context: &mut Context, id: ClientId, lines: &Receiver<Option<String>>) -> bool {
    let Some(mut client) = context.client(id) else { return true };
    for line in lines.try_iter() {
        let Some(line) = line else { return true };
        if let Err(error) = client.send(Message::Text(&line)) {
            eprintln!("not sent: {error}");
        }
    }
    false
}

struct Terminal;

impl ClientProtocol for Terminal {
    fn accept(&mut self, _response: &ReceivedResponse<'_>, subprotocol: Option<&str>) -> bool {
        eprintln!("connected, subprotocol {}", subprotocol.unwrap_or("none"));
        true
    }

    fn message(&mut self, _socket: &mut Socket<'_>, message: Message<'_>) {
        match message {
            Message::Text(text) => println!("{text}"),
            Message::Binary(bytes) => println!("{}", bytes.escape_ascii()),
        }
    }

    fn closed(&mut self, closed: Closed) {
        eprintln!("closed with code {}", closed.code.0);
    }

    fn failed(&mut self, error: &ClientError, retry: Option<Duration>) {
        failed(error, retry);
    }
}

fn failed(error: &ClientError, retry: Option<Duration>) {
    match retry {
        Some(delay) => eprintln!("{error}; again in {:.1} s", delay.as_secs_f32()),
        None => {
            eprintln!("error: {error}");
            FAILED.store(true, Ordering::Relaxed);
        }
    }
}

fn report(progress: Progress<'_>) {
    match progress {
        Progress::Opened => eprintln!("connected"),
        Progress::Failed(error, retry) => failed(error, retry),
        Progress::Closed(closed) if closed.clean => {}
        Progress::Closed(closed) => eprintln!("lost, code {}", closed.code.0),
        Progress::Echoed(count) => eprintln!("{count} messages"),
        Progress::Done(count) => println!("all {count} messages came back"),
        Progress::Wrong(number) => {
            eprintln!("message {number} came back changed");
            FAILED.store(true, Ordering::Relaxed);
        }
    }
}
