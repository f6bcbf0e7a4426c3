//! The gateway end to end: real sockets of this machine on one side, a second smoltcp stack as the device on the
//! other, and frames between them.

mod device;

use core::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use core::time::Duration;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;
use std::vec::Vec;

use device::{PATIENCE, TestDevice};

use super::*;
use crate::host::{DHCP_CLIENT_PORT, DHCP_SERVER_PORT, GATEWAY_ADDRESS, Peer, PeerSocket};

/// Sends back what arrives, and the FIN behind it.
fn echo(stack: &mut Peer<UserNetwork>, socket: PeerSocket) {
    let bytes = stack.recv(socket);
    stack.send(socket, &bytes);
    if stack.is_finished(socket) {
        stack.close(socket);
    }
    if !bytes.is_empty() {
        stack.poll(crate::now());
    }
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|n| (n * 31 + n / 253) as u8).collect()
}

fn read_to_end(mut stream: &TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    bytes
}

fn read_error(mut stream: &TcpStream) -> ErrorKind {
    stream.read_to_end(&mut Vec::new()).unwrap_err().kind()
}

#[test]
fn a_mebibyte_comes_back_and_half_close_passes_both_ways() {
    let mut device = TestDevice::start();
    let accepted = device.stack.listen(80);
    let client = device.client();
    let bytes = pattern(1 << 20);
    let echoed = device.run_with(
        || {
            thread::scope(|scope| {
                scope.spawn(|| {
                    (&client).write_all(&bytes).unwrap();
                    client.shutdown(Shutdown::Write).unwrap();
                });
                read_to_end(&client)
            })
        },
        |stack| echo(stack, accepted),
    );
    assert!(echoed == bytes);
    device.run_until(|stack| stack.is_closed(accepted));
    assert!(!device.stack.is_reset(accepted));
}

#[test]
fn the_device_may_close_first_and_still_receive() {
    let mut device = TestDevice::start();
    let accepted = device.stack.listen(80);
    let client = device.client();
    device.stack.send(accepted, b"goodbye");
    device.stack.close(accepted);
    let mut received = Vec::new();
    device.run_with(
        || {
            assert_eq!(read_to_end(&client), b"goodbye");
            (&client).write_all(b"and thanks").unwrap();
            client.shutdown(Shutdown::Write).unwrap();
        },
        |stack| received.extend(stack.recv(accepted)),
    );
    device.run_until(|stack| {
        received.extend(stack.recv(accepted));
        stack.is_closed(accepted)
    });
    assert_eq!(received, b"and thanks");
    assert!(!device.stack.is_reset(accepted));
}

#[test]
fn a_reset_by_the_device_resets_the_client() {
    let mut device = TestDevice::start();
    let accepted = device.stack.listen(80);
    let client = device.client();
    device.run_until(|stack| stack.is_connected(accepted));
    device.stack.abort(accepted);
    let found = device.run_with(|| read_error(&client), |_| ());
    assert_eq!(found, ErrorKind::ConnectionReset);
}

#[test]
fn what_the_device_sent_before_its_reset_arrives() {
    let mut device = TestDevice::start();
    let accepted = device.stack.listen(80);
    let mut client = device.client();
    device.run_until(|stack| stack.is_connected(accepted));
    device.stack.send(accepted, b"last words");
    device.poll();
    device.stack.abort(accepted);
    device.poll();
    let mut words = [0; 10];
    client.read_exact(&mut words).unwrap();
    assert_eq!((&words, read_error(&client)), (b"last words", ErrorKind::ConnectionReset));
}

#[test]
fn a_reset_by_the_client_resets_the_device() {
    let mut device = TestDevice::start();
    let accepted = device.stack.listen(80);
    let client = device.client();
    device.run_until(|stack| stack.is_connected(accepted));
    rustix::net::sockopt::set_socket_linger(&client, Some(Duration::ZERO)).unwrap();
    drop(client);
    device.run_until(|stack| stack.is_reset(accepted));
}

#[test]
fn a_reset_passes_even_while_the_device_does_not_read() {
    let mut device = TestDevice::start();
    let accepted = device.stack.listen(80);
    let client = device.client();
    client.set_nonblocking(true).unwrap();
    let full = |client: &TcpStream| {
        let mut client = client;
        while client.write(&[0; 65_536]).is_ok() {}
    };
    device.run_until(|stack| {
        full(&client);
        stack.unacknowledged(accepted) == 0 && stack.is_connected(accepted)
    });
    rustix::net::sockopt::set_socket_linger(&client, Some(Duration::ZERO)).unwrap();
    drop(client);
    device.run_until(|stack| stack.is_reset(accepted));
}

#[test]
fn a_refused_connection_is_reset() {
    let mut device = TestDevice::start();
    let client = device.client();
    let found = device.run_with(|| read_error(&client), |_| ());
    assert_eq!(found, ErrorKind::ConnectionReset);
}

#[test]
fn a_device_that_does_not_answer_is_given_up() {
    let device = TestDevice::start_with(Duration::from_millis(300));
    let client = device.client();
    assert_eq!(read_error(&client), ErrorKind::ConnectionReset); // nobody drives the device
}

#[test]
fn a_device_that_does_not_read_stops_the_client() {
    let mut device = TestDevice::start();
    device.stack.set_buffer(4_096);
    let accepted = device.stack.listen(80);
    let client = device.client();
    rustix::net::sockopt::set_socket_send_buffer_size(&client, 16 * 1_024).unwrap();
    client.set_write_timeout(Some(Duration::from_millis(500))).unwrap();

    let bytes = pattern(4 << 20);
    let taken = device.run_with(
        || {
            let mut taken = 0;
            while let Ok(length) = (&client).write(&bytes[taken..]) {
                taken += length;
            }
            taken
        },
        |_| (),
    );
    // The kernel's two buffers at twice their nominal size, the gateway's, the device's, and as much again for what
    // kernels do not promise.
    let buffers = 2 * 16 * 1_024 + 2 * 64 * 1_024 + 65_535 + 4_096;
    assert!((4_096..=2 * buffers).contains(&taken), "{taken} bytes taken");

    client.shutdown(Shutdown::Write).unwrap();
    let mut received = Vec::new();
    device.run_until(|stack| {
        received.extend(stack.recv(accepted));
        stack.is_finished(accepted)
    });
    assert!(received == bytes[..taken], "bytes lost");
}

#[test]
fn a_client_that_does_not_read_stops_the_device() {
    let mut device = TestDevice::start();
    let accepted = device.stack.listen(80);
    let client = device.client();
    let bytes = pattern(16 << 20);
    device.stack.send(accepted, &bytes);
    let mut last = (usize::MAX, crate::now());
    device.run_until(|stack| {
        let left = stack.unacknowledged(accepted);
        if left != last.0 {
            last = (left, crate::now());
        }
        crate::now() > last.1 + Duration::from_millis(500)
    });
    // What the client's own kernel buffers is its own affair; it is far less than all.
    assert!(last.0 > 4 << 20, "{} bytes left", last.0);

    device.stack.close(accepted);
    let received = device.run_with(|| read_to_end(&client), |_| ());
    assert!(received == bytes, "bytes lost");
}

#[test]
fn the_device_connects_to_a_server_of_this_machine() {
    let mut device = TestDevice::start();
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port();
    let socket = device.stack.connect_to(SocketAddrV4::new(GATEWAY_ADDRESS, port));
    device.stack.send(socket, b"ping");
    device.stack.close(socket);

    let mut received = Vec::new();
    let from_device = device.run_with(
        || {
            let (mut stream, _) = server.accept().unwrap();
            let from_device = read_to_end(&stream);
            stream.write_all(b"pong").unwrap();
            from_device
        },
        |stack| received.extend(stack.recv(socket)),
    );
    device.run_until(|stack| {
        received.extend(stack.recv(socket));
        stack.is_finished(socket)
    });
    assert_eq!((&from_device[..], &received[..]), (&b"ping"[..], &b"pong"[..]));
}

#[test]
fn the_device_hears_a_refusal() {
    let mut device = TestDevice::start();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let socket = device.stack.connect_to(SocketAddrV4::new(GATEWAY_ADDRESS, free));
    device.run_until(|stack| stack.is_reset(socket));
}

#[test]
fn other_addresses_of_the_network_are_silent_or_refuse() {
    let mut device = TestDevice::start();
    let dns = device.stack.connect_to(SocketAddrV4::new(crate::host::DNS_ADDRESS, 53));
    let nobody = device.stack.connect_to(SocketAddrV4::new(Ipv4Addr::new(10, 0, 2, 99), 80));
    device.run_until(|stack| stack.is_reset(dns));
    assert!(!device.stack.is_closed(nobody));
}

#[test]
fn two_hundred_clients_at_once() {
    const CLIENTS: usize = 200;
    let mut device = TestDevice::start();
    device.stack.set_buffer(2_048);
    let accepted: Vec<_> = (0..CLIENTS).map(|_| device.stack.listen(80)).collect();
    let clients: Vec<_> = (0..CLIENTS).map(|_| device.client()).collect();
    let echoed = device.run_with(
        || {
            for (n, mut client) in clients.iter().enumerate() {
                client.write_all(&[n as u8; 1_000]).unwrap();
                client.shutdown(Shutdown::Write).unwrap();
            }
            clients.iter().map(read_to_end).collect::<Vec<_>>()
        },
        |stack| accepted.iter().for_each(|&socket| echo(stack, socket)),
    );
    assert!(echoed.iter().enumerate().all(|(n, bytes)| *bytes == [n as u8; 1_000]));
}

#[test]
fn connections_by_the_thousand_leave_nothing_behind() {
    const CYCLES: u32 = 10_000;
    let mut device = TestDevice::start();
    device.stack.set_buffer(512);
    let forwarded = device.forwarded;
    // More than one: the device hears of a client's end only after the next client has come.
    let mut accepted: Vec<_> = (0..4).map(|_| device.stack.listen(80)).collect();
    device.run_with(
        || {
            for n in 0..CYCLES {
                let mut client = TcpStream::connect(forwarded).unwrap();
                client.set_read_timeout(Some(PATIENCE)).unwrap();
                client.write_all(&n.to_be_bytes()).unwrap();
                client.shutdown(Shutdown::Write).unwrap();
                assert_eq!(read_to_end(&client), n.to_be_bytes());
            }
        },
        |stack| {
            for socket in &mut accepted {
                echo(stack, *socket);
                if stack.is_closed(*socket) {
                    stack.remove(*socket);
                    *socket = stack.listen(80);
                }
            }
        },
    );
    const LISTENER: usize = 1;
    repeat_until_some(|| {
        device.poll();
        (open_sockets_to(forwarded) == LISTENER).then_some(())
    });
}

/// Connections of this machine that involve `address` and are neither closed nor in TIME-WAIT.
fn open_sockets_to(address: SocketAddr) -> usize {
    const TIME_WAIT: &str = "06";
    let port = std::format!(":{:04X}", address.port());
    let table = std::fs::read_to_string("/proc/self/net/tcp").unwrap();
    let fields = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    fields.filter(|f| (f[1].ends_with(&port) || f[2].ends_with(&port)) && f[3] != TIME_WAIT).count()
}

#[test]
fn a_port_in_use_is_named_in_the_error() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let network = UserNetwork::start().unwrap();
    let error = network.forward(address, 80).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    assert!(error.to_string().contains(&address.to_string()), "{error}");
}

#[test]
fn dropping_the_network_closes_what_it_listens_on() {
    let device = TestDevice::start();
    let (client, address) = (device.client(), device.forwarded);
    drop(device);
    assert!(matches!((&client).read(&mut [0]), Ok(0) | Err(_)));
    assert_eq!(TcpStream::connect(address).unwrap_err().kind(), ErrorKind::ConnectionRefused);
}

#[test]
fn a_stalled_device_gets_every_answer_once_it_goes_on() {
    const ROOM: usize = 2 * link::QUEUE; // as many answers for the device, and as many requests unanswered
    let mut network = UserNetwork::start().unwrap();
    for _ in 0..ROOM {
        repeat_until_some(|| network.transmit(&[&ARP_REQUEST]).ok());
    }
    assert_eq!(network.transmit(&[&ARP_REQUEST]), Err(TransmitError::Busy));
    for _ in 0..ROOM {
        repeat_until_some(|| network.pending());
        network.discard();
    }
    assert_eq!(network.transmit(&[&ARP_REQUEST]), Ok(()));
    assert_eq!(network.transmit(&[&[0; 1_515]]), Err(TransmitError::TooLong));
}

/// The device asks for the gateway's MAC address.
const ARP_REQUEST: [u8; 42] = [
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x52, 0x54, 0x00, 0x12, 0x34, 0x56, 0x08, 0x06, // Ethernet
    0x00, 0x01, 0x08, 0x00, 6, 4, 0x00, 0x01, // request, for IPv4 on Ethernet
    0x52, 0x54, 0x00, 0x12, 0x34, 0x56, 10, 0, 2, 15, // from
    0, 0, 0, 0, 0, 0, 10, 0, 2, 2, // for
];

/// The gateway works in a thread of its own: what is not so yet will be.
fn repeat_until_some<T>(mut attempt: impl FnMut() -> Option<T>) -> T {
    let start = std::time::Instant::now();
    loop {
        if let Some(found) = attempt() {
            return found;
        }
        assert!(start.elapsed() < PATIENCE, "not done in time");
        thread::yield_now();
    }
}

/// A question for a name's address of the given type, as in RFC 1035 section 4.1.
fn question(name: &str, kind: u8) -> Vec<u8> {
    let mut message = std::vec![0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        message.push(label.len() as u8);
        message.extend(label.bytes());
    }
    message.extend([0, 0, kind, 0, 1]);
    message
}

#[test]
fn names_of_this_machine_are_the_gateway_to_the_device() {
    let mut device = TestDevice::start();
    let socket = device.stack.bind(5353);
    let server = smoltcp::wire::IpEndpoint::new(crate::host::DNS_ADDRESS.into(), 53);
    for (name, kind, code, address) in
        [("localhost", 1, 0, Some(GATEWAY_ADDRESS)), ("localhost", 28, 0, None), ("name.invalid", 1, 3, None)]
    {
        device.stack.send_to(socket, &question(name, kind), server);
        let mut answer = None;
        device.run_until(|stack| {
            answer = stack.recv_from(socket);
            answer.is_some()
        });
        let (answer, from) = answer.unwrap();
        assert_eq!((from, &answer[..2]), (server, &[0x12, 0x34][..]));
        assert_eq!((answer[3] & 0xF, answer[7]), (code, u8::from(address.is_some())), "{name}");
        if let Some(address) = address {
            assert!(answer.ends_with(&address.octets()));
        }
    }
}

/// What a device says that has no address yet: the shortest question for one (RFC 2131 section 3.1).
fn discover() -> Vec<u8> {
    let mut message = std::vec![0; 240];
    message[..8].copy_from_slice(&[1, 1, 6, 0, 9, 8, 7, 6]);
    message[28..34].copy_from_slice(&DEVICE_HARDWARE_ADDRESS);
    message[236..240].copy_from_slice(&[0x63, 0x82, 0x53, 0x63]);
    message.extend([53, 1, 1, 255]);
    message
}

#[test]
fn a_device_that_asks_is_offered_its_address() {
    let mut device = TestDevice::start();
    let socket = device.stack.bind(DHCP_CLIENT_PORT);
    let everybody = smoltcp::wire::IpEndpoint::new(Ipv4Addr::BROADCAST.into(), DHCP_SERVER_PORT);
    device.stack.send_to(socket, &discover(), everybody);
    let mut offer = None;
    device.run_until(|stack| {
        offer = stack.recv_from(socket);
        offer.is_some()
    });
    let (offer, from) = offer.unwrap();
    assert_eq!(from, smoltcp::wire::IpEndpoint::new(GATEWAY_ADDRESS.into(), DHCP_SERVER_PORT));
    assert_eq!(
        (&offer[4..8], &offer[16..20]),
        (&[9, 8, 7, 6][..], &crate::host::DEVICE_ADDRESS.octets()[..])
    );
}
