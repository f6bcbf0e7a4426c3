//! What the firmware costs while it runs: heap, stack, instructions.
//!
//! Under QEMU's `-icount` time passes with the instructions, so the figures are the same on every machine. Requests are paced:
//! without a pause ACKs merge with the next request, differently each time.

use crate::address::Address;
use crate::board::clients::{Echo, Http, PlainEcho};
use crate::board::emulator::{Boot, Emulator};
use crate::board::firmware::{self, Variant};
use crate::board::report::Report;
use crate::log::Log;
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

const PAUSE: Duration = Duration::from_millis(4);
const WARM_UP: u64 = 20;
const REQUESTS: u64 = 200;
/// For delayed ACKs and the like.
const SETTLE: Duration = Duration::from_millis(600);
/// How long idleness is measured.
const IDLE: Duration = Duration::from_secs(5);
/// Connections at which the heap is measured.
const CONNECTIONS: [usize; 3] = [1, 8, 30];
/// The same for programs in C, whose lwIP has 24 PCBs.
const CONNECTIONS_IN_C: [usize; 3] = [1, 8, 20];
/// By which part of it what was measured may be beside the line. Pools that were empty, and are not after the first one, take a little.
const BENT: f64 = 0.1;
/// A path of 13 bytes, with which the firmware answers: lwIP's `httpd` has a page of 13 bytes.
const PATH: &str = "/hello,world!";
/// Messages of 1,000 bytes that come at the same instant of virtual time. More do not fit the controller's receive FIFO; QEMU's
/// network would send them again after seconds.
pub(crate) const BURST: usize = 8;
/// Clients that echo in the default heap of 96 KB.
pub(crate) const CROWD: usize = 64;

/// Boots firmware, counting instructions.
pub(crate) struct Bench<'a> {
    pub(crate) workspace: &'a Workspace,
    pub(crate) log: &'a mut Log,
    /// How it was built.
    pub(crate) variant: Variant,
}

/// Heap bytes at some numbers of idle connections.
pub(crate) struct Growth(pub(crate) Vec<(usize, u64)>);

impl Growth {
    /// Bytes for each further connection, from the fewest to the most.
    pub(crate) fn slope(&self) -> f64 {
        match (self.0.first(), self.0.last()) {
            (Some(first), Some(last)) => (last.1 as f64 - first.1 as f64) / (last.0 - first.0) as f64,
            _ => 0.0,
        }
    }

    /// Each takes as much as any other: what was measured between lies on the line.
    fn is_straight(&self) -> bool {
        let expected = |count: usize| self.intercept() + self.slope() * count as f64;
        self.0.iter().all(|&(count, bytes)| (bytes as f64 - expected(count)).abs() <= BENT * expected(count))
    }

    /// Bytes that do not depend on their number.
    pub(crate) fn intercept(&self) -> f64 {
        self.0.first().map_or(0.0, |first| first.1 as f64 - self.slope() * first.0 as f64)
    }
}

/// Heap and stack of the firmware `smoke`.
pub(crate) struct Memory {
    /// What was known when it was compiled.
    pub(crate) bounds: Bounds,
    /// Heap bytes when nobody was there yet.
    pub(crate) at_start: u64,
    pub(crate) http: Growth,
    pub(crate) websocket: Growth,
    /// Heap bytes above those of the idle connection, at most, during the echo of a message of 16 KiB.
    pub(crate) echo_16k: u64,
    /// With 64 clients.
    pub(crate) crowd: Report,
    /// The most of the stack that was used in any of these runs, which between them make every kind of request.
    pub(crate) stack_peak: u64,
}

/// Heap bytes at most, as the firmware computes them out of its limits: of an idle connection, of one at its worst, of all of them, one at its
/// worst.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) idle: u64,
    pub(crate) busy: u64,
    pub(crate) all: u64,
}

impl Bounds {
    /// Of what a server prints behind `memory `.
    fn parse(line: &str) -> Result<Self> {
        let value = |name: &str| -> Result<u64> {
            let value = line.split_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
            value.with_context(|| format!("no {name} in `{line}`"))?.parse().context("no number")
        };
        Ok(Self { idle: value("idle")?, busy: value("busy")?, all: value("all")? })
    }

    /// The promise must hold.
    fn check(self, each: f64, echo_16k: u64) -> Result<()> {
        ensure!(
            each <= self.idle as f64,
            "an idle connection takes {each} bytes, {} are promised",
            self.idle
        );
        ensure!(
            echo_16k <= self.busy,
            "an echo of 16 KiB takes {echo_16k} bytes, {} are promised",
            self.busy
        );
        Ok(())
    }
}

/// Instructions for each request.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Requests {
    pub(crate) get_new: u64,
    pub(crate) get_keep_alive: u64,
    pub(crate) echo_125: u64,
    pub(crate) echo_4096: u64,
    /// Per virtual second, while nobody is connected.
    pub(crate) alone: u64,
    /// Per virtual second, while clients are connected and say nothing.
    pub(crate) idle: u64,
}

impl Bench<'_> {
    fn boot(&mut self, name: &str, device_port: u16) -> Result<Emulator> {
        let elf = firmware::path(self.workspace, self.variant, name);
        self.boot_firmware(elf, device_port)
    }

    fn boot_firmware(&mut self, elf: PathBuf, device_port: u16) -> Result<Emulator> {
        let boot = Boot { device_port, counts_instructions: true, ..Boot::new(elf) };
        let mut emulator = Emulator::boot(self.workspace, &boot, self.log.writer()?, self.log.sink()?)?;
        emulator.listens()?;
        thread::sleep(SETTLE);
        Ok(emulator)
    }

    /// Boots `smoke` for each kind of connection, so that no TIME_WAIT of another is in the heap.
    pub(crate) fn memory(&mut self) -> Result<Memory> {
        let mut emulator = self.boot("smoke", 80)?;
        let address = emulator.address();
        let at_start = emulator.report()?.heap_used;
        let bounds =
            Bounds::parse(emulator.has_said("memory ").context("the server does not say its bounds")?)?;
        let http = growth(&mut emulator, at_start, CONNECTIONS, || idle_http(address, "/counters"))?;
        Http::get_once(address, "/")?;
        let after_http = emulator.quit()?;

        let mut emulator = self.boot("smoke", 80)?;
        let address = emulator.address();
        let websocket = growth(&mut emulator, at_start, CONNECTIONS, || idle_websocket(address, "/ws"))?;
        let after_websocket = emulator.quit()?;

        let (echo_16k, crowd) = self.crowd()?;
        let stack_peak = after_http.stack_peak.max(after_websocket.stack_peak).max(crowd.stack_peak);
        bounds.check(http.slope().max(websocket.slope()), echo_16k)?;
        Ok(Memory { bounds, at_start, http, websocket, echo_16k, crowd, stack_peak })
    }

    /// One client echoes 16 KiB, then 64 echo at once.
    fn crowd(&mut self) -> Result<(u64, Report)> {
        let mut emulator = self.boot("smoke", 80)?;
        let address = emulator.address();
        let mut clients = vec![idle_websocket(address, "/ws")?];
        thread::sleep(SETTLE);
        emulator.start_anew()?;
        let before = emulator.report()?.heap_used;
        clients[0].echo(16 * 1024)?;
        let echo_16k = emulator.report()?.heap_peak - before;

        while clients.len() < CROWD {
            clients.push(idle_websocket(address, "/ws")?);
        }
        thread::sleep(SETTLE);
        emulator.start_anew()?;
        for burst in clients.chunks_mut(BURST) {
            burst.iter_mut().try_for_each(|client| client.send(1000))?;
            burst.iter_mut().try_for_each(|client| client.receive(1000))?;
        }
        Ok((echo_16k, emulator.quit()?))
    }

    /// Ours, with `others` idle WebSocket clients.
    pub(crate) fn requests(&mut self, others: usize) -> Result<Requests> {
        let (get_new, get_keep_alive, alone) = self.http("http_server_post", PATH, others)?;
        let mut emulator = self.boot("websocket_server", 80)?;
        let address = emulator.address();
        let crowd: Vec<Echo> = (0..others).map(|_| idle_websocket(address, "/")).collect::<Result<_>>()?;
        let mut client = idle_websocket(address, "/")?;
        // First of all: half a minute later they would be pinged.
        let idle = idle_instructions(&mut emulator)?;
        let echo_125 = per_request(&mut emulator, || client.echo(125))?;
        let echo_4096 = per_request(&mut emulator, || client.echo(4096))?;
        drop((client, crowd));
        emulator.quit()?;
        Ok(Requests { get_new, get_keep_alive, echo_125, echo_4096, alone, idle })
    }

    /// Ours in C on FreeRTOS: a page of the program that takes forms, on a new connection and on a kept one, and the echo. Behind them
    /// the most bytes of stack that either took.
    pub(crate) fn in_c(&mut self, post_server: PathBuf, echo_server: PathBuf) -> Result<[u64; 4]> {
        let mut emulator = self.boot_firmware(post_server, 80)?;
        let address = emulator.address();
        let mut client = idle_http(address, "/")?;
        let keep_alive = per_request(&mut emulator, || client.exchange("/"))?;
        drop(client);
        let new = per_request(&mut emulator, || Http::get_once(address, "/"))?;
        let stack = emulator.quit()?.stack_peak;
        let mut emulator = self.boot_firmware(echo_server, 80)?;
        let mut client = idle_websocket(emulator.address(), "/")?;
        let echo = per_request(&mut emulator, || client.echo(125))?;
        let stack = stack.max(emulator.quit()?.stack_peak);
        Ok([new, keep_alive, echo, stack])
    }

    /// What idle connections of programs in C hold of the heap: to the one that takes forms, over HTTP; to the echo.
    pub(crate) fn heap_in_c(&mut self, post_server: PathBuf, echo_server: PathBuf) -> Result<[Growth; 2]> {
        let mut emulator = self.boot_firmware(post_server, 80)?;
        let (address, at_start) = (emulator.address(), emulator.report()?.heap_used);
        let http = growth(&mut emulator, at_start, CONNECTIONS_IN_C, || idle_http(address, "/"))?;
        emulator.quit()?;
        let mut emulator = self.boot_firmware(echo_server, 80)?;
        let (address, at_start) = (emulator.address(), emulator.report()?.heap_used);
        let websocket = growth(&mut emulator, at_start, CONNECTIONS_IN_C, || idle_websocket(address, "/"))?;
        emulator.quit()?;
        Ok([http, websocket])
    }

    /// lwIP's own servers.
    pub(crate) fn baseline(&mut self) -> Result<Requests> {
        let (get_new, get_keep_alive, alone) = self.http("baseline_httpd", "/index.html", 0)?;
        let mut emulator = self.boot("baseline_tcpecho", 7)?;
        let mut client = PlainEcho::open(emulator.address())?;
        let echo_125 = per_request(&mut emulator, || client.echo(125))?;
        let echo_4096 = per_request(&mut emulator, || client.echo(4096))?;
        let idle = idle_instructions(&mut emulator)?;
        emulator.quit()?;
        Ok(Requests { get_new, get_keep_alive, echo_125, echo_4096, alone, idle })
    }

    /// GET on a new connection, GET on a kept one, and what was done before, with nobody there.
    fn http(&mut self, name: &str, path: &str, others: usize) -> Result<(u64, u64, u64)> {
        let mut emulator = self.boot(name, 80)?;
        let address = emulator.address();
        let alone = idle_instructions(&mut emulator)?;
        let crowd: Vec<Http> = (0..others).map(|_| idle_http(address, path)).collect::<Result<_>>()?;
        let mut client = idle_http(address, path)?;
        let keep_alive = per_request(&mut emulator, || client.exchange(path))?;
        drop(client);
        let new = per_request(&mut emulator, || Http::get_once(address, path))?;
        drop(crowd);
        emulator.quit()?;
        Ok((new, keep_alive, alone))
    }
}

/// A connection on which one request was answered.
fn idle_http(address: Address, path: &str) -> Result<Http> {
    let mut client = Http::connect(address)?;
    client.exchange(path)?;
    Ok(client)
}

fn idle_websocket(address: Address, path: &str) -> Result<Echo> {
    let mut client = Echo::open(address, path)?;
    client.echo(1)?;
    Ok(client)
}

fn growth<C>(
    emulator: &mut Emulator,
    at_start: u64,
    counts: [usize; 3],
    mut connect: impl FnMut() -> Result<C>,
) -> Result<Growth> {
    let (mut clients, mut points) = (Vec::new(), Vec::new());
    for count in counts {
        while clients.len() < count {
            clients.push(connect()?);
        }
        thread::sleep(SETTLE);
        points.push((count, emulator.report()?.heap_used.saturating_sub(at_start)));
    }
    let growth = Growth(points);
    ensure!(growth.is_straight(), "heap by connections is {:?}: that is no line", growth.0);
    Ok(growth)
}

/// What a request takes, between two of which there is a pause.
pub(crate) fn per_request(
    counter: &mut impl Counter,
    mut request: impl FnMut() -> Result<()>,
) -> Result<u64> {
    let mut paced = |count| -> Result<()> {
        for _ in 0..count {
            request()?;
            thread::sleep(PAUSE);
        }
        Ok(())
    };
    paced(WARM_UP)?;
    thread::sleep(SETTLE);
    counter.restart()?;
    paced(REQUESTS)?;
    thread::sleep(PAUSE);
    Ok(counter.instructions()? / REQUESTS)
}

/// A firmware that runs where its instructions are counted.
pub(crate) trait Counter {
    /// Counts from here on.
    fn restart(&mut self) -> Result<()>;

    /// How many there were.
    fn instructions(&mut self) -> Result<u64>;
}

impl Counter for Emulator {
    fn restart(&mut self) -> Result<()> {
        self.start_anew()
    }

    fn instructions(&mut self) -> Result<u64> {
        Ok(self.report()?.instructions())
    }
}

fn idle_instructions(emulator: &mut Emulator) -> Result<u64> {
    thread::sleep(SETTLE);
    emulator.start_anew()?;
    thread::sleep(IDLE);
    let report = emulator.report()?;
    ensure!(report.seconds() > 0.0, "no virtual time has passed");
    Ok((report.instructions() as f64 / report.seconds()) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_a_line_through_its_ends() {
        let growth = Growth(vec![(1, 500), (8, 3300), (30, 12_100)]);
        assert_eq!((growth.slope(), growth.intercept()), (400.0, 100.0));
        assert!(growth.is_straight());
    }

    /// Reports that were each late by one.
    #[test]
    fn stale_reports_are_no_line() {
        assert!(!Growth(vec![(1, 592), (8, 9816), (20, 38_464)]).is_straight());
        assert!(!Growth(vec![(1, 912), (8, 1396), (20, 5500)]).is_straight());
    }
}
