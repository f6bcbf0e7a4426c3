//! The time, from a server that may lie.

use std::time::Duration;

use wm_sys::host::{GATEWAY_ADDRESS, PeerDatagrams, VirtualPlatform};
use wm_websockets::net::{ClockError, Stack, set_name_servers};

use crate::heap;
use crate::name_server::{Manner, NameServer};
use crate::world::World;

/// RFC 4330 section 4.
const LENGTH: usize = 48;
const PORT: u16 = 123;

/// Where the seconds of NTP begin: 1900-01-01.
const NTP_EPOCH: u64 = 2_208_988_800;

/// 2026-11-30 08:00:00 UTC, and a moment in the seconds' next era, in 2040.
const NOW: u64 = 1_796_025_600;
const NEXT_ERA: u64 = 2_220_000_000;

/// Makes an honest answer one that is not to be believed.
type Spoil = fn(&mut Vec<u8>);

struct TimeServer {
    socket: PeerDatagrams,
    questions: Vec<Vec<u8>>,
}

impl TimeServer {
    fn on(world: &mut World<Stack>) -> Self {
        TimeServer { socket: world.peer.bind(PORT), questions: Vec::new() }
    }

    /// Answers what has come, if it is to.
    fn serve(&mut self, world: &mut World<Stack>, mut answer: impl FnMut(&[u8]) -> Option<Vec<u8>>) {
        while let Some((question, from)) = world.peer.recv_from(self.socket) {
            if let Some(answer) = answer(&question) {
                world.peer.send_to(self.socket, &answer, from);
            }
            self.questions.push(question);
        }
    }
}

/// What an honest server says, at this second.
fn honest(question: &[u8], second: u64) -> Vec<u8> {
    let mut answer = vec![0; LENGTH];
    answer[0] = 4 << 3 | 4; // version 4, mode server
    answer[1] = 2; // stratum
    answer[24..32].copy_from_slice(&question[40..48]);
    answer[40..44].copy_from_slice(&((second + NTP_EPOCH) as u32).to_be_bytes());
    answer
}

fn asking(world: &mut World<Stack>) -> TimeServer {
    let server = TimeServer::on(world);
    world.device.synchronize_clock(c"10.0.2.2").expect("there is memory");
    server
}

/// How far the device's clock is from where it should be, having been told this second so long ago.
fn error_of_clock(told: u64, ago: Duration) -> u64 {
    wm_sys::unix_time().expect("a clock").abs_diff(told + ago.as_secs())
}

#[test]
fn the_clock_is_set_at_once_and_every_hour() {
    for second in [NOW, NEXT_ERA] {
        let mut world = World::net();
        assert!(wm_sys::unix_time().expect("a clock") < NOW, "the platform's own is at another time");
        let mut server = asking(&mut world);
        world.run_until(|world| {
            server.serve(world, |question| Some(honest(question, second)));
            error_of_clock(second, Duration::ZERO) <= 1
        });
        assert!(world.elapsed() < Duration::from_secs(1));
        let hour = Duration::from_secs(3600);
        world.run_for(hour + Duration::from_secs(1));
        server.serve(&mut world, |_| None);
        assert_eq!(server.questions.len(), 2);
        assert!(error_of_clock(second, hour) <= 2, "goes on");
    }
}

#[test]
fn a_name_is_looked_up() {
    let mut world = World::net();
    let mut names = NameServer::on(&mut world.peer);
    world.core(|core| set_name_servers(core, &[GATEWAY_ADDRESS.into()]));
    let mut server = TimeServer::on(&mut world);
    world.device.synchronize_clock(c"time.example").expect("there is memory");
    world.run_until(|world| {
        names.serve(&mut world.peer, |_| Manner::Address(GATEWAY_ADDRESS));
        server.serve(world, |question| Some(honest(question, NOW)));
        error_of_clock(NOW, Duration::ZERO) <= 1
    });
}

/// A name server that comes late, as one that DHCP names.
#[test]
fn a_name_that_nobody_knows_yet_is_looked_up_again() {
    let mut world = World::net();
    world.core(|core| set_name_servers(core, &[]));
    let mut server = TimeServer::on(&mut world);
    world.device.synchronize_clock(c"late.example").expect("there is memory");
    world.run_for(Duration::from_secs(5));
    let mut names = NameServer::on(&mut world.peer);
    world.core(|core| set_name_servers(core, &[GATEWAY_ADDRESS.into()]));
    world.run_until(|world| {
        names.serve(&mut world.peer, |_| Manner::Address(GATEWAY_ADDRESS));
        server.serve(world, |question| Some(honest(question, NOW)));
        error_of_clock(NOW, Duration::ZERO) <= 1
    });
    assert!(world.elapsed() < Duration::from_secs(40));
}

#[test]
fn what_is_no_answer_to_the_question_is_not_believed() {
    let cases: [(&str, Spoil); 6] = [
        ("another question's", |answer| answer[30] ^= 1),
        ("a client's", |answer| answer[0] = 4 << 3 | 3),
        ("a broadcast", |answer| answer[0] = 4 << 3 | 5),
        ("a refusal", |answer| answer[1] = 0),
        ("too short", |answer| answer.truncate(LENGTH - 1)),
        ("too long", |answer| answer.push(0)),
    ];
    for (name, spoil) in cases {
        let mut world = World::net();
        let mut server = asking(&mut world);
        world.run_until(|world| {
            server.serve(world, |question| {
                let mut answer = honest(question, NOW);
                spoil(&mut answer);
                Some(answer)
            });
            !server.questions.is_empty()
        });
        world.run_for(Duration::from_secs(10));
        let own = VirtualPlatform::EPOCH + world.now().as_millis() / 1_000;
        assert_eq!(wm_sys::unix_time(), Some(own), "{name}");
        // It asks again, and believes the truth.
        world.run_until(|world| {
            server.serve(world, |question| Some(honest(question, NOW)));
            error_of_clock(NOW, Duration::ZERO) <= 1
        });
        assert!(world.elapsed() < Duration::from_secs(60), "{name}");
    }
}

#[test]
fn an_answer_from_elsewhere_is_not_believed() {
    let mut world = World::net();
    let server = asking(&mut world);
    let elsewhere = world.peer.bind(PORT + 1);
    let mut asked = None;
    world.run_until(|world| {
        asked = world.peer.recv_from(server.socket);
        asked.is_some()
    });
    let (question, from) = asked.expect("the simulation ran until it came");
    world.peer.send_to(elsewhere, &honest(&question, NOW), from);
    world.run_for(Duration::from_secs(5));
    assert!(wm_sys::unix_time().expect("a clock") < NOW);
}

#[test]
fn questions_cannot_be_foreseen_and_do_not_tell_the_time() {
    let mut world = World::net();
    let mut server = asking(&mut world);
    world.run_until(|world| {
        server.serve(world, |_| None);
        server.questions.len() == 6
    });
    let mut seconds: Vec<_> = server.questions.iter().map(|question| &question[40..44]).collect();
    seconds.sort();
    seconds.dedup();
    assert_eq!(seconds.len(), 6);
    // Later and later: 15, 30, 60, 120 and 150 seconds, and as long each time for the answer to come.
    assert!(world.elapsed() > Duration::from_secs(300));
}

#[test]
fn nobody_asks_once_the_stack_is_gone_or_another_server_is_named() {
    let mut world = World::net();
    let mut server = asking(&mut world);
    world.run_for(Duration::from_millis(100));
    // Nobody lives there.
    world.device.synchronize_clock(c"10.0.2.9").expect("there is memory");
    world.run_for(Duration::from_secs(600));
    server.serve(&mut world, |_| None);
    assert_eq!(server.questions.len(), 1);
    world.device.synchronize_clock(c"10.0.2.2").expect("there is memory");
    drop(world.end());
    let mut world = World::net();
    let mut server = TimeServer::on(&mut world);
    world.run_for(Duration::from_secs(600));
    server.serve(&mut world, |_| None);
    assert_eq!(server.questions.len(), 0);
}

#[test]
fn without_memory_an_error_says_so_and_later_it_works() {
    let mut world = World::net();
    let before = heap::live();
    heap::fail_above(0);
    let refused = heap::of_device(|| world.device.synchronize_clock(c"10.0.2.2"));
    heap::recover();
    assert_eq!((refused, heap::live()), (Err(ClockError::NoMemory), before));
    let mut server = TimeServer::on(&mut world);
    heap::of_device(|| world.device.synchronize_clock(c"10.0.2.2")).expect("there is memory");
    world.run_until(|world| {
        server.serve(world, |question| Some(honest(question, NOW)));
        error_of_clock(NOW, Duration::ZERO) <= 1
    });
}
