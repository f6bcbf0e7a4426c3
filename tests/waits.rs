//! How long a server sleeps. A process of its own, with a platform that notes it.

use std::mem;
use std::sync::Mutex;
use std::time::Duration;

use wm_sys::host::{Wire, WireConfig};
use wm_sys::{EntropyError, Instant, Platform};
use wm_websockets::net::{InterfaceConfig, Stack};
use wm_websockets::server::{Context, Limits};

static WAITS: Mutex<Vec<Duration>> = Mutex::new(Vec::new());

struct Noting;

impl Platform for Noting {
    fn now(&self) -> Instant {
        Instant::ZERO
    }
    fn unix_time(&self) -> Option<u64> {
        None
    }
    fn entropy(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        bytes.fill(7);
        Ok(())
    }
    fn wait(&self, timeout: Duration) {
        WAITS.lock().unwrap().push(timeout);
    }
    fn wake(&self) {}
}

fn waits_of(context: &mut Context, timeout: Duration) -> Vec<Duration> {
    context.service(timeout);
    mem::take(&mut WAITS.lock().unwrap())
}

#[test]
fn a_server_sleeps_as_long_as_it_may_and_not_at_all_only_if_it_is_told_so() {
    wm_sys::install(&Noting).expect("the first platform");
    let mut stack = Stack::new().expect("the first stack");
    let wire = Wire::new(WireConfig::default());
    stack.attach(Box::new(wire.device_end()), &InterfaceConfig::USER_NETWORK).expect("there is memory");
    let mut context = Context::new(stack, Limits::default()).expect("there is memory");
    while context.pass() {}
    assert_eq!(waits_of(&mut context, Duration::ZERO), []);
    for (timeout, wait) in [(1, 1), (500, 1), (1_000, 1), (1_999, 1), (20_000, 20)] {
        let waits = waits_of(&mut context, Duration::from_micros(timeout));
        assert_eq!(waits, [Duration::from_millis(wait)], "for {timeout} µs");
    }
    // lwIP's next timer, which is one of ARP's.
    let [longest] = waits_of(&mut context, Duration::MAX)[..] else { panic!("one wait") };
    assert!(longest > Duration::from_millis(20) && longest <= Duration::from_secs(1), "{longest:?}");
}
