//! Servers that have heard enough of a request.

use super::*;

/// RFC 9112 section 9.5: a server that has heard enough of a body says so, and reads no more of it.
#[test]
fn an_answer_in_the_middle_of_a_long_body_is_heard() {
    for length in [BodyLength::Known(200_000), BodyLength::Chunked] {
        let mut world = world();
        world.peer.set_buffer(2_048);
        let exchange = Exchange { body: pattern(200_000), piece: 700, ..Exchange::default() };
        let events = exchange.events.clone();
        let put = Request::new(Method::Put, length);
        heap::of_device(|| world.device.fetch(url(), put, exchange)).expect("a client");
        let socket = accept(&mut world);
        world.run_for(Duration::from_secs(1));
        world.peer.send(socket, b"HTTP/1.1 413 x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        assert_eq!(done(&mut world, &events), ["status 413", "done 0 bytes, 0"], "{length:?}");
    }
}

/// As [`an_answer_in_the_middle_of_a_long_body_is_heard`], with an answer that ends with the connection.
#[test]
fn an_early_answer_up_to_the_end_of_the_connection_is_heard() {
    let mut world = world();
    let id = http_client(&mut world);
    let exchange = long_put();
    let socket = begin_long_put(&mut world, id, &exchange);
    world.peer.send(socket, b"HTTP/1.1 413 x\r\n\r\nlong");
    world.peer.close(socket);
    world.run_for(Duration::from_secs(2));
    assert_eq!(exchange.events.all(), ["status 413", &format!("done 4 bytes, {}", checksum(b"long"))]);
}

/// A server that refuses a long body may reset the connection behind its answer, for what it has not read.
#[test]
fn an_answer_is_heard_though_a_reset_follows_it_at_once() {
    for length in [0, 200_000] {
        let mut world = world();
        world.peer.set_buffer(2_048);
        let exchange = Exchange { body: pattern(length), piece: 700, ..Exchange::default() };
        let events = exchange.events.clone();
        let put = Request::new(Method::Put, BodyLength::Chunked);
        heap::of_device(|| world.device.fetch(url(), put, exchange)).expect("a client");
        let socket = accept(&mut world);
        world.run_for(Duration::from_secs(1));
        world.peer.send(socket, b"HTTP/1.1 413 x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        world.peer.poll(world.now());
        world.peer.abort(socket);
        // Both are there when the device looks.
        world.skip(Duration::from_millis(5));
        assert_eq!(done(&mut world, &events), ["status 413", "done 0 bytes, 0"], "{length}");
    }
}

/// The rest of the request cannot leave, and the answer is not wanted yet: neither keeps the device from its sleep, nor ends the other.
#[test]
fn an_early_answer_for_which_there_is_no_room_yet_lets_the_device_sleep() {
    let mut world = world();
    let gate = Rc::new(Gate::default());
    gate.closed.set(true);
    let exchange = Exchange { gate: Some(gate.clone()), ..long_put() };
    let id = http_client(&mut world);
    let socket = begin_long_put(&mut world, id, &exchange);
    world.peer.send(socket, OK);
    world.run_for(Duration::from_secs(1));
    assert_eq!(exchange.events.all(), ["status 200"]);
    for _ in 0..20 {
        world.run_for(Duration::from_secs(10));
        assert_ne!(world.device.sleep_time(), Duration::ZERO, "{:?}", exchange.events.all());
    }
    open(&mut world, id, &gate);
    assert_eq!(done(&mut world, &exchange.events), ok());
}
