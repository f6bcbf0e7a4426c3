//! Who asks what.

use std::time::Duration;

use crate::client::Client;
use crate::device::Device;
use crate::link::Link;
use crate::measure::{device_at_work, outside};
use crate::peer::Peer;
use crate::platform::CLOCK;

/// How much time passes while the device waits for clients. Requests come at some hundred a second: lwIP's timers have their
/// share.
const TICK: Duration = Duration::from_millis(1);

/// Waits without a frame for the device, after which nothing will come any more: ten virtual seconds.
const PATIENCE: u32 = 10_000;

const BODY: &[u8] = b"Hello, world!";
const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// Asks `count` times, after as much as it takes for all connections to stand and each path to have been taken.
pub fn run(name: &str, idle: usize, count: usize) {
    wm_sys::install(&CLOCK).expect("the first one");
    let link = Link::default();
    let (whose, what) = name.split_once('-').expect("ours-… or baseline-…");
    let ours = whose == "ours";
    let device = if ours { Device::ours(&link) } else { Device::baseline(&link) };
    let mut bench = Bench { device, peer: Peer::new(link.clone()), link };
    let mut idle: Vec<Client> = (0..idle).map(|_| bench.prepared(client(ours, "echo-125"), ours)).collect();
    let mut client = client(ours, what);
    if what.starts_with("echo") {
        client = bench.prepared(client, ours);
    }
    bench.ask(&mut client, 4);
    client.answered = 0;
    device_at_work(&mut || bench.ask(&mut client, count));
    idle.clear();
}

struct Bench {
    device: Device,
    peer: Peer,
    link: Link,
}

impl Bench {
    fn ask(&mut self, client: &mut Client, target: usize) {
        let mut silence = 0;
        while outside(|| self.clients(client, target)) {
            silence = if self.link.waits_for_device() { 0 } else { silence + 1 };
            assert!(silence < PATIENCE, "no answer after {} requests", client.answered);
            self.device.work();
        }
    }

    /// Lets the clients work while the device waits; whether there is more to do.
    fn clients(&mut self, client: &mut Client, target: usize) -> bool {
        CLOCK.advance(TICK);
        self.peer.receive_frames();
        client.advance(&mut self.peer, target);
        self.peer.poll();
        client.advance(&mut self.peer, target);
        self.peer.poll();
        !client.is_done(target) || self.link.waits_for_device()
    }
}
