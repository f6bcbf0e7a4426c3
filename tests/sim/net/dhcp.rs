//! An address from the network, and what becomes of connections when it is lost.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use wm_sys::Device;
use wm_sys::host::{DEVICE_ADDRESS, GATEWAY_ADDRESS, Lease, PeerSocket};
use wm_websockets::net::{
    AttachError, Disconnected, HostName, InterfaceConfig, ListenOptions, Stack, TcpListener, TcpStream,
};

use super::accept;
use crate::heap;
use crate::lease_server::LeaseServer;
use crate::world::{PORT, World};

/// Another address than the device has on wires without a server.
const LEASED: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 99);

/// An interface with IPv6 makes itself known, which takes its time.
const INTRODUCTION: Duration = Duration::from_secs(20);

/// The device's.
const HARDWARE_ADDRESS: [u8; 6] = [0x52, 0x54, 0x00, 0x12, 0x34, 0x56];

/// Message types, RFC 2132 section 9.6.
const DISCOVER: u8 = 1;
const REQUEST: u8 = 3;
const DECLINE: u8 = 4;
const RELEASE: u8 = 7;

fn lease(address: Ipv4Addr) -> Lease {
    Lease { address, duration: Duration::from_secs(3600), ..Lease::default() }
}

/// A world whose device asks for its address.
fn asking(lease: Option<Lease>) -> (World<Stack>, LeaseServer) {
    let mut world = World::net();
    let server = LeaseServer::on(&mut world.peer, lease);
    attach(&mut world).expect("there is memory");
    (world, server)
}

fn attach(world: &mut World<Stack>) -> Result<(), AttachError> {
    let end = world.device_end();
    let name = HostName::new("thermostat-1a2b");
    heap::of_device(|| world.device.attach_with_dhcp(end, name))
}

/// With an address that nobody is asked for.
fn attach_fixed(world: &mut World<Stack>) {
    let end = world.device_end();
    heap::of_device(|| world.device.attach(end, &InterfaceConfig::USER_NETWORK)).expect("there is memory");
}

/// Lets the simulation run until there is an address.
#[track_caller]
fn leased(world: &mut World<Stack>, server: &mut LeaseServer) -> InterfaceConfig {
    run_until(world, server, |world, _| world.device.addresses().is_some());
    world.device.addresses().expect("there was one")
}

#[track_caller]
fn run_until(
    world: &mut World<Stack>,
    server: &mut LeaseServer,
    mut done: impl FnMut(&mut World<Stack>, &LeaseServer) -> bool,
) {
    world.run_until(|world| {
        server.serve(&mut world.peer);
        done(world, server)
    });
}

/// A device that has got an address, and a client that has found it there.
struct Connected {
    stream: TcpStream,
    listener: TcpListener,
    socket: PeerSocket,
    server: LeaseServer,
    world: World<Stack>,
}

impl Connected {
    #[track_caller]
    fn new() -> Self {
        let (mut world, mut server) = asking(Some(lease(LEASED)));
        let mut listener =
            world.core(|core| TcpListener::bind(core, &ListenOptions::port(PORT))).expect("a free port");
        leased(&mut world, &mut server);
        let socket = world.peer.connect_to(SocketAddrV4::new(LEASED, PORT));
        let stream = accept(&mut world, &mut listener);
        Connected { stream, listener, socket, server, world }
    }
}

#[test]
fn an_interface_without_dhcp_tells_its_addresses() {
    let mut world = World::net();
    assert_eq!(world.device.addresses(), Some(InterfaceConfig::USER_NETWORK));
}

#[test]
fn a_device_has_the_address_that_it_was_given_and_tells_its_name() {
    let (mut world, mut server) = asking(Some(lease(LEASED)));
    let mut listener = world
        .core(|core| TcpListener::bind(core, &ListenOptions::port(PORT)))
        .expect("before there is an address");
    assert_eq!(world.device.addresses(), None);
    let expected = InterfaceConfig {
        address: LEASED,
        netmask: Ipv4Addr::new(255, 255, 255, 0),
        gateway: GATEWAY_ADDRESS,
    };
    assert_eq!(leased(&mut world, &mut server), expected);
    assert_eq!(server.name(), Some("thermostat-1a2b".to_string()));
    let socket = world.peer.connect_to(SocketAddrV4::new(LEASED, PORT));
    let stream = accept(&mut world, &mut listener);
    assert_eq!(world.core(|core| stream.local_address(core)), Some((LEASED, PORT).into()));
    assert!(world.peer.is_connected(socket));
}

#[test]
fn a_name_of_the_longest_kind_fits_every_message() {
    let mut world = World::net();
    let mut server = LeaseServer::on(&mut world.peer, Some(lease(LEASED)));
    let name = "x".repeat(63);
    let end = world.device_end();
    world.device.attach_with_dhcp(end, HostName::new(&name)).expect("there is memory");
    leased(&mut world, &mut server);
    assert_eq!(server.name(), Some(name));
}

#[cfg(feature = "client")]
#[test]
fn names_are_asked_of_the_server_that_came_with_the_address() {
    use crate::name_server::{Manner, NameServer};
    use wm_websockets::net::{Family, Lookup};

    let given = Lease { name_servers: vec![GATEWAY_ADDRESS], ..lease(LEASED) };
    let (mut world, mut server) = asking(Some(given));
    let mut names = NameServer::on(&mut world.peer);
    leased(&mut world, &mut server);
    let lookup =
        world.core(|core| Lookup::start(core, "leased.example", Family::Ipv4)).expect("there is a server");
    let mut found = None;
    world.run_until(|world| {
        names.serve(&mut world.peer, |_name| Manner::Address(DEVICE_ADDRESS));
        found = world.core(|core| lookup.answer(core));
        found.is_some()
    });
    assert_eq!(found, Some(Ok(DEVICE_ADDRESS.into())));
}

#[test]
fn a_server_that_comes_late_is_found() {
    let (mut world, mut server) = asking(None);
    run_until(&mut world, &mut server, |_, server| server.count(DISCOVER) == 4);
    server.lease = Some(lease(LEASED));
    assert_eq!(leased(&mut world, &mut server).address, LEASED);
}

#[test]
fn a_lease_is_renewed_and_connections_go_on() {
    let Connected { mut world, mut server, stream, .. } = Connected::new();
    let first = server.count(REQUEST);
    for more in 1..=3 {
        // Half of an hour, and the minute in which lwIP counts.
        for _minute in 0..32 {
            world.run_for(Duration::from_secs(60));
            server.serve(&mut world.peer);
        }
        assert!(server.count(REQUEST) >= first + more, "asks again before the lease is over");
    }
    assert_eq!(world.core(|core| stream.disconnected(core)), None);
}

#[test]
fn an_address_that_is_taken_away_ends_its_connections() {
    let Connected { mut world, mut server, mut listener, stream, .. } = Connected::new();
    let other = Ipv4Addr::new(10, 0, 2, 77);
    server.lease = Some(lease(other));
    // Plugged in elsewhere, for all the device knows.
    world.plug(false);
    world.plug(true);
    run_until(&mut world, &mut server, |world, _| {
        world.device.addresses().is_some_and(|addresses| addresses.address == other)
    });
    assert_eq!(world.core(|core| stream.disconnected(core)), Some(Disconnected::Aborted));
    // The listener has no address of its own, and goes on.
    let socket = world.peer.connect_to(SocketAddrV4::new(other, PORT));
    accept(&mut world, &mut listener);
    assert!(world.peer.is_connected(socket));
}

#[test]
fn a_link_that_comes_back_keeps_address_and_connections() {
    let Connected { mut world, mut server, mut stream, socket, .. } = Connected::new();
    let asked = server.count(REQUEST);
    world.plug(false);
    world.run_for(Duration::from_secs(5));
    world.core(|core| {
        stream.write(core, b"written meanwhile").expect("a connection");
        stream.flush(core);
    });
    world.plug(true);
    let mut received = Vec::new();
    run_until(&mut world, &mut server, |world, server| {
        received.extend(world.peer.recv(socket));
        !received.is_empty() && server.count(REQUEST) > asked
    });
    assert_eq!(received, b"written meanwhile");
    assert_eq!(leased(&mut world, &mut server).address, LEASED);
}

/// What a neighbour answers that has the address (RFC 826).
fn reply_of_neighbour(address: Ipv4Addr) -> Vec<u8> {
    const NEIGHBOUR: [u8; 6] = [2, 2, 2, 2, 2, 2];
    let device = HARDWARE_ADDRESS;
    let mut frame = [device, NEIGHBOUR].concat();
    frame.extend([8, 6, 0, 1, 8, 0, 6, 4, 0, 2]);
    frame.extend([&NEIGHBOUR[..], &address.octets(), &device, &[0; 4]].concat());
    frame
}

#[test]
fn an_address_that_a_neighbour_has_is_declined() {
    let (mut world, mut server) = asking(Some(lease(LEASED)));
    run_until(&mut world, &mut server, |world, server| {
        if server.count(REQUEST) > 0 {
            world.wire.peer_end().transmit(&[&reply_of_neighbour(LEASED)]).expect("a short frame");
        }
        server.count(DECLINE) > 0
    });
    assert_eq!(world.device.addresses(), None);
    let other = Ipv4Addr::new(10, 0, 2, 77);
    server.lease = Some(lease(other));
    assert_eq!(leased(&mut world, &mut server).address, other);
}

#[test]
fn an_address_is_given_back_and_nothing_is_left() {
    let mut world = World::net();
    let mut server = LeaseServer::on(&mut world.peer, Some(lease(LEASED)));
    attach_fixed(&mut world);
    world.run_for(INTRODUCTION);
    let before = heap::live();
    attach(&mut world).expect("there is memory");
    leased(&mut world, &mut server);
    // The device refuses, and so knows where the server is.
    let socket = world.peer.connect_to(SocketAddrV4::new(LEASED, PORT));
    world.run_until(|world| world.peer.is_reset(socket));
    attach_fixed(&mut world);
    run_until(&mut world, &mut server, |_, server| server.count(RELEASE) == 1);
    world.run_for(INTRODUCTION);
    assert_eq!(heap::live(), before);
}

#[test]
fn an_attach_without_memory_is_an_error_and_leaves_nothing() {
    let mut world = World::net();
    let mut without_interface = None;
    for failing in 0.. {
        heap::fail_once(failing);
        let attached = attach(&mut world);
        heap::recover();
        match attached {
            Ok(()) => return assert!(failing > 2),
            Err(error) => assert_eq!(error, AttachError::NoMemory),
        }
        world.run_for(Duration::from_secs(1));
        let held = *without_interface.get_or_insert(heap::live());
        assert_eq!(heap::live(), held, "allocation {failing} failed");
    }
}

#[test]
fn any_answer_without_memory_is_asked_for_again() {
    for failing in 0..40 {
        let (mut world, mut server) = asking(Some(lease(LEASED)));
        heap::fail_once(failing);
        assert_eq!(leased(&mut world, &mut server).address, LEASED);
        heap::recover();
    }
}

/// Offers and acknowledgements with a few octets changed, cut short, or with octets behind: whatever they say, lwIP keeps to the memory that
/// is its own (the sanitizers see to that), and an honest server is heard afterwards.
#[test]
fn garbled_answers_do_no_harm() {
    const MAGIC_END: usize = 240;
    let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
    let (mut world, mut server) = asking(Some(lease(LEASED)));
    server.garble = Some(Box::new(move |answer| {
        for _ in 0..random.random_range(1..6) {
            let at = random.random_range(MAGIC_END..answer.len());
            answer[at] = random.random();
        }
        match random.random_range(0..4) {
            0 => answer.truncate(random.random_range(0..answer.len())),
            1 => answer.extend((0..random.random_range(0..400)).map(|_| random.random::<u8>())),
            _ => {}
        }
    }));
    for _ in 0..1_000 {
        world.run_for(Duration::from_secs(2));
        server.serve(&mut world.peer);
        world.plug(false);
        world.plug(true);
    }
    server.garble = None;
    run_until(&mut world, &mut server, |world, _| {
        world.device.addresses().is_some_and(|addresses| addresses.address == LEASED)
    });
}
