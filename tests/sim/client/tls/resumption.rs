//! Coming back to a server, by a shorter handshake.

use std::cell::Cell;
use std::rc::Rc;

use wm_websockets::http::Status;
use wm_websockets::tls::ImportError;

use super::*;

#[test]
fn a_later_connection_resumes_the_session_of_the_one_before() {
    for version in [Version::Tls12, Version::Tls13] {
        let mut tls = Tls::new();
        let issued = tls.authority.issue(&["secure.example"]);
        let client = tls.config(|builder| builder);
        let server = tls.server(&issued, version);
        let recorder = Recorder::default();
        let options = ConnectOptions::new("wss://secure.example:9000/").expect("a URL").tls(&client);
        let id = connect(&mut tls.world, options.reconnect(Default::default()), &recorder);
        let mut sent = Vec::new();
        for round in 1..=2 {
            let serving = tls.serve_until(&server, || recorder.events.count("message") == round);
            sent.push(serving.sent);
            tls.world.peer.abort(serving.socket);
            tls.world.run_until(|_| recorder.events.count("closed") == round);
        }
        assert!(sent[1] + 300 < sent[0], "a resumed handshake has no certificate: {sent:?}");
        remove(&mut tls.world, id);
    }
}

#[test]
fn a_certificate_that_the_application_turns_away_leads_to_nothing_the_second_time_too() {
    for version in [Version::Tls12, Version::Tls13] {
        let mut tls = Tls::new();
        let issued = tls.authority.issue(&["secure.example"]);
        let client = tls.config(|builder| builder);
        let server = tls.server(&issued, version);
        let recorder = Recorder { turns_away: true, ..Recorder::default() };
        let options = ConnectOptions::new("wss://secure.example:9000/").expect("a URL").tls(&client);
        let id = connect(&mut tls.world, options.reconnect(Default::default()), &recorder);
        for round in 1..=2 {
            let serving =
                tls.serve_until(&server, || recorder.events.count("Tls Rejected, retries") == round);
            // A session that was resumed would have been asked nothing.
            assert_eq!(recorder.events.count("shown what the authority has signed"), round, "{version:?}");
            assert_eq!(serving.head, b"");
        }
        remove(&mut tls.world, id);
    }
}

/// A session that was exported is resumed without a certificate that could be turned away: one that was turned away must not be among them.
#[test]
fn a_certificate_that_the_application_turns_away_leads_to_nothing_after_sleep_either() {
    for version in [Version::Tls13, Version::Tls12] {
        let mut tls = Tls::new();
        let issued = tls.authority.issue(&["secure.example"]);
        let server = tls.server(&issued, version);
        let mut exported = Vec::new();
        for round in 1..=2 {
            let client = tls.config(|builder| builder);
            client.import_sessions(&exported).expect("sessions");
            let recorder = Recorder { turns_away: true, ..Recorder::default() };
            let id = tls.connect("wss://secure.example:9000/", &client, &recorder);
            let serving = tls.serve_until(&server, || {
                recorder.events.has("Tls Rejected") || recorder.events.has("opened")
            });
            assert!(!recorder.events.has("opened"), "{version:?}, round {round}");
            tls.world.peer.close(serving.socket);
            tls.world.run_for(Duration::from_secs(20));
            exported = client.export_sessions().expect("room");
            remove(&mut tls.world, id);
        }
    }
}

const VERSIONS: [Version; 2] = [Version::Tls12, Version::Tls13];

/// What a resumed handshake spares: a certificate at least.
const SPARED: usize = 300;

/// A server of several names, and a client's configuration; both remember.
struct Known {
    server: ServerConfig,
    client: ClientConfig,
    // Last, as in there.
    tls: Tls,
}

impl Known {
    fn new(version: Version, remembered: u16) -> Self {
        let tls = Tls::new();
        let issued = tls.authority.issue(&["a.example", "b.example", "c.example"]);
        let server = tls.server(&issued, version);
        let client = Known::client(&tls, remembered);
        Known { tls, server, client }
    }

    fn client(tls: &Tls, remembered: u16) -> ClientConfig {
        tls.config(|builder| builder.remembered_sessions(remembered))
    }

    /// A client of its own connects, and hears a message; says how many bytes the server has sent for that.
    #[track_caller]
    fn visit(&mut self, host: &str) -> usize {
        let recorder = Recorder::default();
        let id = self.tls.connect(&format!("wss://{host}:9000/"), &self.client, &recorder);
        let socket = self.tls.world.peer.listen(SERVICE);
        let sent = self.serve(socket, &recorder, None);
        remove(&mut self.tls.world, id);
        self.tls.world.run_for(Duration::from_secs(1));
        sent
    }

    /// Serves one connection, until the client has heard a message, or was sent elsewhere.
    fn serve(&mut self, socket: PeerSocket, recorder: &Recorder, elsewhere: Option<&'static str>) -> usize {
        let mut server = TlsServer { answer: elsewhere, ..TlsServer::new(socket, &self.server) };
        let Tls { world, names, .. } = &mut self.tls;
        world.run_until(|world| {
            names.serve(&mut world.peer, |_| Manner::Address(GATEWAY_ADDRESS));
            server.pump(world);
            recorder.events.has("message hi") || (elsewhere.is_some() && world.peer.is_finished(socket))
        });
        server.sent
    }
}

#[test]
fn clients_share_sessions_of_so_many_servers() {
    for version in VERSIONS {
        let mut known = Known::new(version, 2);
        let whole = known.visit("a.example");
        for _ in 0..3 {
            assert!(known.visit("a.example") + SPARED < whole, "{version:?}");
        }
        // Another name is another server, whoever answers.
        assert!(known.visit("b.example") + SPARED > whole, "{version:?}");
        assert!(known.visit("a.example") + SPARED < whole, "{version:?}");
        // A third one takes the place of the one that was heard of last before.
        known.visit("c.example");
        assert!(known.visit("a.example") + SPARED < whole, "{version:?}");
        assert!(known.visit("b.example") + SPARED > whole, "{version:?}");
    }
}

#[test]
fn nothing_is_remembered_where_that_is_said() {
    let mut known = Known::new(Version::Tls12, 0);
    let whole = known.visit("a.example");
    assert!(known.visit("a.example") + SPARED > whole);
    assert_eq!(known.client.export_sessions().expect("room"), b"");
}

#[test]
fn exported_sessions_are_resumed_by_firmware_that_has_slept() {
    for version in VERSIONS {
        let mut known = Known::new(version, 2);
        let whole = known.visit("a.example");
        known.visit("b.example");
        let exported = known.client.export_sessions().expect("room");
        // As after sleep: nothing else is left.
        known.client = Known::client(&known.tls, 2);
        assert_eq!(known.client.import_sessions(&exported), Ok(()));
        for host in ["a.example", "b.example"] {
            assert!(known.visit(host) + SPARED < whole, "{version:?}");
        }
    }
}

/// What is exported has one place, and that is the application's.
#[test]
fn no_copy_of_an_exported_secret_stays_on_the_heap() {
    let mut known = Known::new(Version::Tls12, 2);
    known.visit("a.example");
    known.visit("b.example");
    let exported = known.client.export_sessions().expect("room");
    // Behind length, port, name and length; version, suite, time and name of the session.
    let master = 2 + 2 + "a.example".len() + 2 + 50;
    let secret = exported[master..][..16].try_into().expect("sixteen bytes");
    let mut again = Vec::new();
    let spilled = heap::spills(secret, || again = known.client.export_sessions().expect("room"));
    assert_eq!((spilled, again == exported), (0, true));
}

#[test]
fn what_was_not_exported_is_not_imported() {
    let mut known = Known::new(Version::Tls12, 2);
    let whole = known.visit("a.example");
    let exported = known.client.export_sessions().expect("room");
    known.client = Known::client(&known.tls, 2);
    for length in 1..exported.len() {
        assert_eq!(
            known.client.import_sessions(&exported[..length]),
            Err(ImportError::NotExported),
            "{length}"
        );
    }
    let mut foreign = exported.clone();
    // Mbed TLS's version stands at the start of the session, behind its length.
    foreign[4 + "a.example".len() + 2] ^= 1;
    assert_eq!(known.client.import_sessions(&foreign), Err(ImportError::NotExported));
    assert!(known.visit("a.example") + SPARED > whole);
}

/// The session with a server that has sent us elsewhere was offered there.
#[test]
fn a_redirect_takes_no_session_along() {
    for remembered in [0, 2] {
        let mut known = Known::new(Version::Tls12, remembered);
        let whole = known.visit("b.example");
        known.client = Known::client(&known.tls, remembered);
        let recorder = Recorder::default();
        let options = ConnectOptions::new("wss://a.example:9000/").expect("a URL").redirects(1);
        let id = connect(&mut known.tls.world, options.tls(&known.client), &recorder);
        let elsewhere = "HTTP/1.1 302 Found\r\nLocation: wss://b.example:9000/\r\nContent-Length: 0\r\n\r\n";
        let [first, second] = [(); 2].map(|()| known.tls.world.peer.listen(SERVICE));
        known.serve(first, &recorder, Some(elsewhere));
        let sent = known.serve(second, &recorder, None);
        assert!(sent + SPARED > whole, "{remembered}");
        remove(&mut known.tls.world, id);
    }
}

/// Notes that it is sent elsewhere.
struct Elsewhere(Rc<Cell<bool>>);

impl ResponseHandler for Elsewhere {
    fn redirected(&mut self, _: Status, _: &[u8]) -> bool {
        self.0.set(true);
        true
    }
}

/// The same where the request was taken back before it went there: the session is that of the server that wanted it to.
#[test]
fn a_redirect_that_was_taken_back_takes_no_session_along() {
    let mut known = Known::new(Version::Tls12, 2);
    let whole = known.visit("b.example");
    known.client = Known::client(&known.tls, 2);
    let is_redirected = Rc::new(Cell::new(false));
    let options = ConnectOptions::new("https://a.example:9000/").expect("a URL").redirects(1);
    let options = options.tls(&known.client);
    let id = heap::of_device(|| {
        let mut services = known.tls.world.device.services();
        let id = services.http_client(options).expect("a client");
        let request =
            services.client(id).expect("a client").request(Request::GET, Elsewhere(is_redirected.clone()));
        assert_eq!(request, Ok(()));
        id
    });
    let socket = known.tls.world.peer.listen(SERVICE);
    let answer = "HTTP/1.1 302 Found\r\nLocation: https://b.example:9000/\r\nContent-Length: 0\r\n\r\n";
    let mut server = TlsServer { answer: Some(answer), ..TlsServer::new(socket, &known.server) };
    let Tls { world, names, .. } = &mut known.tls;
    world.run_until(|world| {
        names.serve(&mut world.peer, |_| Manner::Address(GATEWAY_ADDRESS));
        server.pump(world);
        if is_redirected.take() {
            heap::of_device(|| world.device.client(id).expect("a client").cancel());
        }
        world.peer.is_finished(socket)
    });
    known.tls.world.run_for(Duration::from_secs(1));
    assert!(known.visit("b.example") + SPARED > whole);
}
