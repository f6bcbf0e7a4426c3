//! One request after the other: whose answer is whose, and over which connection.

use super::*;

/// A request goes over a connection of its own, and has its own answer; gives its head.
#[track_caller]
fn expect_own(world: &mut World<Context>, socket: PeerSocket, exchange: &Exchange) -> String {
    world.run_until(|world| world.peer.is_connected(socket) || !exchange.events.all().is_empty());
    assert_eq!(exchange.events.all(), Vec::<String>::new());
    let head = read_head(world, socket);
    world.peer.send(socket, OK);
    assert_eq!(done(world, &exchange.events), ok());
    head
}

#[test]
fn a_connection_carries_one_request_after_the_other() {
    let mut world = world();
    let id = http_client(&mut world);
    let exchange = Exchange::default();
    assert_eq!(status(&mut world, id), ClientStatus::Resting);
    request(&mut world, id, Request::GET, &exchange);
    let socket = accept(&mut world);
    for round in 1..=3 {
        read_until(&mut world, socket, b"\r\n\r\n");
        let busy = world.device.client(id).expect("a client").request(Request::GET, Exchange::default());
        assert_eq!(busy, Err(StartError::Busy));
        world.peer.send(socket, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
        world.run_until(|_| exchange.events.count("done") == round);
        if round < 3 {
            let next = Request::GET.target("/next").expect("a target");
            request(&mut world, id, next, &exchange);
        }
    }
    remove(&mut world, id);
    world.peer.close(socket);
    world.expect_all_freed();
}

#[test]
fn a_request_on_a_connection_that_the_server_just_closed_is_sent_again_if_it_may_be() {
    for (method, length, expected) in
        [(Method::Get, BodyLength::None, None), (Method::Post, BodyLength::Known(0), Some("Request Ended"))]
    {
        let mut world = world();
        let id = http_client(&mut world);
        let exchange = Exchange::default();
        request(&mut world, id, Request::GET, &exchange);
        let socket = accept(&mut world);
        read_until(&mut world, socket, b"\r\n\r\n");
        world.peer.send(socket, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        world.run_until(|_| exchange.events.count("done") == 1);
        // The server's FIN and the next request cross.
        world.peer.close(socket);
        request(&mut world, id, Request::new(method, length), &exchange);
        if let Some(expected) = expected {
            world.run_until(|_| exchange.events.has(expected));
            continue;
        }
        let socket = accept(&mut world);
        read_until(&mut world, socket, b"\r\n\r\n");
        world.peer.send(socket, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        world.run_until(|_| exchange.events.count("done") == 2);
    }
}

#[test]
fn a_request_from_outside_a_pass_over_a_standing_connection_waits_for_nothing() {
    let mut world = world();
    let id = http_client(&mut world);
    let exchange = Exchange::default();
    let socket = get(&mut world, id, &exchange);
    world.peer.send(socket, b"HTTP/1.1 204 No Content\r\n\r\n");
    done(&mut world, &exchange.events);
    world.run_for(Duration::from_secs(1));
    assert_ne!(world.device.sleep_time(), Duration::ZERO, "the client rests");
    request(&mut world, id, Request::GET, &exchange);
    assert_eq!(world.device.sleep_time(), Duration::ZERO, "there is something to do");
    read_head(&mut world, socket);
}

/// Between the end of an answer and that of its connection, which the server has announced, the client takes another request.
#[test]
fn a_request_while_the_last_connection_ends_gets_one_of_its_own() {
    let mut world = world();
    let id = http_client(&mut world);
    let exchange = Exchange::default();
    let socket = get(&mut world, id, &exchange);
    world.peer.send(socket, b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    world.run_until(|_| exchange.events.count("done") == 1);
    let next = world.peer.listen(9000);
    request(&mut world, id, Request::new(Method::Post, BodyLength::Known(0)), &exchange);
    world.run_until(|world| world.peer.is_connected(next) || exchange.events.all().len() > 2);
    assert_eq!(exchange.events.all(), ["status 200", "done 0 bytes, 0"]);
    read_head(&mut world, next);
    world.peer.send(next, OK);
    world.run_until(|_| exchange.events.count("done") == 2);
}

/// What the server answers to a request that was taken back is not the answer to the next one.
#[test]
fn a_request_behind_one_that_was_taken_back_gets_its_own_answer() {
    let mut world = world();
    let id = http_client(&mut world);
    let (first, second) = (Exchange::default(), Exchange::default());
    let socket = get(&mut world, id, &first);
    heap::of_device(|| world.device.client(id).expect("a client").cancel());
    assert_eq!(first.events.count("Request Rejected"), 1);
    let next = world.peer.listen(9000);
    request(&mut world, id, Request::GET.target("/second").expect("a target"), &second);
    world.peer.send(socket, b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst");
    assert!(expect_own(&mut world, next, &second).starts_with("GET /second "));
}

/// As [`a_request_behind_one_that_was_taken_back_gets_its_own_answer`], while the first one's body is still on its way.
#[test]
fn a_request_behind_a_long_one_that_was_taken_back_gets_its_own_answer() {
    for answer in [
        &b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst"[..],
        b"HTTP/1.1 303 x\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n",
    ] {
        let mut world = world();
        let id =
            heap::of_device(|| world.device.services().http_client(url().redirects(1))).expect("a client");
        let (first, second) = (long_put(), Exchange::default());
        let socket = begin_long_put(&mut world, id, &first);
        heap::of_device(|| world.device.client(id).expect("a client").cancel());
        let next = world.peer.listen(9000);
        request(&mut world, id, Request::GET.target("/second").expect("a target"), &second);
        world.peer.send(socket, answer);
        assert!(expect_own(&mut world, next, &second).starts_with("GET /second "));
    }
}

/// As [`a_request_behind_one_that_was_taken_back_gets_its_own_answer`], in the midst of an answer that goes on and on: its end is not waited for,
/// and the server learns that nobody listens.
#[test]
fn a_request_behind_one_whose_answer_is_long_waits_for_nothing() {
    let mut world = world();
    let id = http_client(&mut world);
    let (first, second) = (Exchange::default(), Exchange::default());
    let socket = get(&mut world, id, &first);
    world.peer.send(socket, b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n");
    let next = world.peer.listen(9000);
    let mut went_at = None;
    for round in 0..300 {
        if round == 50 {
            heap::of_device(|| world.device.client(id).expect("a client").cancel());
            assert_eq!(first.events.count("Body Rejected"), 1);
            request(&mut world, id, Request::GET.target("/second").expect("a target"), &second);
        }
        if !world.peer.is_closed(socket) {
            world.peer.send(socket, &pattern(2_000));
        }
        world.run_for(Duration::from_millis(10));
        if went_at.is_none() && world.peer.is_connected(next) {
            went_at = Some(round);
        }
    }
    assert!(went_at.is_some_and(|round| round < 55), "it went in round {went_at:?}");
    assert!(world.peer.is_closed(socket), "the server sends on");
    assert!(expect_own(&mut world, next, &second).starts_with("GET /second "));
}

/// The same when the application finds out by itself that it does not want an answer.
#[test]
fn who_wants_no_answer_hears_of_its_end_at_once() {
    let mut world = world();
    let id = http_client(&mut world);
    let exchange = Exchange::default();
    let socket = get(&mut world, id, &exchange);
    world.peer.send(socket, b"HTTP/1.1 200 OK\r\nX-Unwanted: x\r\nContent-Length: 9000000\r\n\r\n");
    world.run_for(Duration::from_millis(50));
    assert_eq!(exchange.events.count("Body Rejected"), 1);
}

#[test]
fn who_was_told_to_stop_sends_nothing_again() {
    let mut world = world();
    let id = http_client(&mut world);
    let exchange = Exchange::default();
    let socket = used_connection(&mut world, id, &exchange);
    request(&mut world, id, Request::GET, &exchange);
    read_head(&mut world, socket);
    let next = world.peer.listen(9000);
    world.device.client(id).expect("a client").stop();
    world.peer.close(socket);
    world.run_until(|world| world.peer.is_connected(next) || exchange.events.has("Request Rejected"));
    assert!(!world.peer.is_connected(next), "another connection");
}

/// Without a request there is nothing to connect for; a WebSocket it is not.
#[test]
fn a_client_without_a_request_connects_for_nothing() {
    let mut world = world();
    let id = http_client(&mut world);
    let socket = world.peer.listen(9000);
    world.device.client(id).expect("a client").reconnect();
    world.run_for(Duration::from_secs(1));
    assert_eq!(String::from_utf8_lossy(&world.peer.recv(socket)), "");
    assert_eq!(status(&mut world, id), ClientStatus::Resting);
    let exchange = Exchange::default();
    request(&mut world, id, Request::GET, &exchange);
    world.run_until(|world| world.peer.is_connected(socket));
    read_head(&mut world, socket);
    world.peer.send(socket, OK);
    assert_eq!(done(&mut world, &exchange.events)[0], "status 200");
}

/// A connection of which the end is known carries nothing more, not even what could not be sent again.
#[test]
fn a_request_that_finds_the_end_of_the_connection_goes_over_another() {
    for is_reset in [false, true] {
        expect_another_connection(is_reset);
    }
}

fn expect_another_connection(is_reset: bool) {
    let mut world = world();
    let id = http_client(&mut world);
    let (first, second) = (Exchange::default(), Exchange::default());
    let socket = used_connection(&mut world, id, &first);
    world.run_for(Duration::from_secs(1));
    match is_reset {
        true => world.peer.abort(socket),
        false => world.peer.close(socket),
    }
    world.skip(Duration::from_millis(5));
    let next = world.peer.listen(9000);
    request(&mut world, id, Request::new(Method::Post, BodyLength::Known(0)), &second);
    expect_own(&mut world, next, &second);
}

/// A server that ends an idle connection may say so in an answer, with 408 (Request Timeout): that is none to the request that it crosses.
#[test]
fn what_came_before_a_request_is_no_answer_to_it() {
    let mut world = world();
    let id = http_client(&mut world);
    let (first, second) = (Exchange::default(), Exchange::default());
    let socket = used_connection(&mut world, id, &first);
    world.run_for(Duration::from_secs(1));
    let next = world.peer.listen(9000);
    world.peer.send(socket, b"HTTP/1.1 408 x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    world.skip(Duration::from_millis(5));
    request(&mut world, id, Request::new(Method::Post, BodyLength::Known(0)), &second);
    expect_own(&mut world, next, &second);
}
