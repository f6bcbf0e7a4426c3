//! What a redirect leads to, and how far.

use super::super::SERVICE;
use super::*;

#[test]
fn a_redirect_is_followed_and_credentials_stay_at_home() {
    let mut world = world();
    let options = url().credentials("a", "b").expect("options").redirects(3);
    let (_, events) = fetch(&mut world, options, Request::GET);
    let socket = accept(&mut world);
    assert!(read_head(&mut world, socket).contains("Authorization: Basic "));
    world.peer.send(
        socket,
        b"HTTP/1.1 307 x\r\nLocation: http://10.0.2.2:9001/elsewhere\r\nContent-Length: 0\r\n\r\n",
    );
    world.peer.close(socket);
    let other = world.peer.listen(9001);
    world.run_until(|world| world.peer.is_connected(other));
    let head = read_head(&mut world, other);
    assert_eq!(head, "GET /elsewhere HTTP/1.1\r\nHost: 10.0.2.2:9001\r\n\r\n");
    world.peer.send(other, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    assert_eq!(done(&mut world, &events)[0], "status 200");
}

/// Whoever sends us elsewhere chooses the moment: it may be one without memory.
#[test]
fn a_redirect_for_which_there_is_no_memory_is_a_failure_and_no_more() {
    let mut failures = 0;
    for failing in 0..30 {
        let mut world = world();
        let (_, events) = fetch(&mut world, url().redirects(2), Request::GET);
        let socket = accept(&mut world);
        read_head(&mut world, socket);
        heap::fail_once(failing);
        world.peer.send(socket, b"HTTP/1.1 302 x\r\nLocation: ../a/./b/../c\r\nContent-Length: 0\r\n\r\n");
        world.peer.close(socket);
        let next = world.peer.listen(SERVICE);
        world.run_for(Duration::from_secs(5));
        heap::recover();
        let is_followed = world.peer.is_connected(next);
        failures += usize::from(!is_followed);
        let over = events.all().len() + usize::from(is_followed);
        assert_eq!(over, 1, "{failing}: {:?}", events.all());
    }
    assert!(failures > 0);
}

/// As our own files are: a folder without its slash is `./folder/` from where it was asked for, and the server takes no dot segments.
#[test]
fn a_relative_redirect_counts_from_what_was_asked_for() {
    for (target, location, expected) in [
        ("/ui/pages", "./pages/", "/ui/pages/"),
        ("/ui/pages?x=/y", "../log?z", "/log?z"),
        ("/ui/pages?x", "?page=2", "/ui/pages?page=2"),
    ] {
        let mut world = world();
        let get = Request::GET.target(target).expect("a target");
        let (_, events) = fetch(&mut world, url().redirects(2), get);
        let socket = accept(&mut world);
        assert!(read_head(&mut world, socket).starts_with(&format!("GET {target} HTTP/1.1\r\n")));
        world.peer.send(
            socket,
            format!("HTTP/1.1 308 x\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n").as_bytes(),
        );
        world.peer.close(socket);
        let next = accept(&mut world);
        let head = read_head(&mut world, next);
        assert!(head.starts_with(&format!("GET {expected} HTTP/1.1\r\n")), "{target} {location}: {head}");
        world.peer.send(next, OK);
        assert_eq!(done(&mut world, &events)[0], "status 200");
    }
}

/// RFC 9110 section 15.4.4: the answer is elsewhere, and is to be fetched there.
#[test]
fn see_other_is_followed_by_get() {
    for (status, method, length, expected) in [
        (303, Method::Delete, BodyLength::None, "GET"),
        (303, Method::Post, BodyLength::None, "GET"),
        (303, Method::Post, BodyLength::Chunked, "GET"),
        (303, Method::Head, BodyLength::None, "HEAD"),
        (307, Method::Delete, BodyLength::None, "DELETE"),
        (308, Method::Delete, BodyLength::None, "DELETE"),
    ] {
        let mut world = world();
        let (_, events) = fetch(&mut world, url().redirects(1), Request::new(method, length));
        let socket = accept(&mut world);
        read_head(&mut world, socket);
        let answer = format!("HTTP/1.1 {status} x\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n");
        world.peer.send(socket, answer.as_bytes());
        world.peer.close(socket);
        let socket = accept(&mut world);
        let head = read_head(&mut world, socket);
        assert!(head.starts_with(&format!("{expected} /there ")), "{status} {method:?}: {head}");
        assert!(!head.contains("chunked"), "{head}");
        let body =
            if method == Method::Head { &b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"[..] } else { OK };
        world.peer.send(socket, body);
        assert_eq!(done(&mut world, &events)[0], "status 200");
    }
}

/// The request behind one that was redirected is another one: it has its own path, and goes to the client's own server.
#[test]
fn a_redirect_is_forgotten_with_its_request() {
    let mut world = world();
    let options = url().redirects(1);
    let id = heap::of_device(|| world.device.services().http_client(options)).expect("a client");
    let exchange = Exchange::default();
    let socket = get(&mut world, id, &exchange);
    let elsewhere = world.peer.listen(9001);
    let answer = b"HTTP/1.1 307 x\r\nLocation: http://10.0.2.2:9001/elsewhere\r\nContent-Length: 0\r\n\r\n";
    world.peer.send(socket, answer);
    world.peer.close(socket);
    world.run_until(|world| world.peer.is_connected(elsewhere));
    read_head(&mut world, elsewhere);
    world.peer.send(elsewhere, OK);
    world.run_until(|_| exchange.events.count("done") == 1);
    request(&mut world, id, Request::GET.target("/next").expect("a target"), &exchange);
    let socket = world.peer.listen(9000);
    let mut strayed = Vec::new();
    world.run_until(|world| {
        strayed.extend(world.peer.recv(elsewhere));
        !strayed.is_empty() || world.peer.is_connected(socket)
    });
    assert_eq!(String::from_utf8_lossy(&strayed), "");
    let head = read_head(&mut world, socket);
    assert!(head.starts_with("GET /next HTTP/1.1\r\nHost: 10.0.2.2:9000\r\n"), "{head}");
}

/// As [`a_redirect_is_forgotten_with_its_request`], where that was not followed because the client was told to stop.
#[test]
fn a_redirect_is_forgotten_with_a_request_that_was_stopped() {
    let mut world = world();
    let id = heap::of_device(|| world.device.services().http_client(url().redirects(1))).expect("a client");
    let (first, second) = (Exchange::default(), Exchange::default());
    let socket = get(&mut world, id, &first);
    world.peer.send(socket, b"HTTP/1.1 307 x\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n");
    world.run_for(Duration::from_millis(100));
    heap::of_device(|| world.device.client(id).expect("a client").stop());
    world.peer.close(socket);
    world.run_until(|_| !first.events.all().is_empty());
    request(&mut world, id, Request::GET.target("/second").expect("a target"), &second);
    let socket = accept(&mut world);
    let head = read_head(&mut world, socket);
    assert!(head.starts_with("GET /second "), "{head}");
}
