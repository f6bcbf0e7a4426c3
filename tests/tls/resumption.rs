//! Coming back to a server that remembers.

use rcgen::ExtendedKeyUsagePurpose;
use wm_websockets::tls::{
    CertificateFault, CipherSuite, ClientCertificates, ClientConfig, Dates, ErrorKind, Identity, Read,
    SavedSession, ServerConfig, ServerName, Session, Version,
};

use crate::pair::{Cuts, HOST, Pair, VERSIONS, World};
use crate::platform::{PLATFORM, TODAY, turn};

fn client(world: &World) -> ClientConfig {
    let builder = ClientConfig::builder(&world.engine).trust(&world.authority.pem()).unwrap();
    builder.build().unwrap()
}

/// Connects, and says how many bytes the server sent in its handshake: a resumed one shows no certificate.
fn connect(server: &ServerConfig, client: &ClientConfig, saved: Option<&SavedSession>) -> (Pair, usize) {
    let session = Session::client(client, ServerName::Dns(HOST), saved).unwrap();
    let mut pair = Pair::new(session, Session::server(server).unwrap(), Cuts::Never);
    let mut sent = 0;
    loop {
        let client = pair.client_step().unwrap();
        let before = pair.down.bytes.len();
        let server = pair.server_step().unwrap();
        sent += pair.down.bytes.len() - before;
        if pair.client.is_established() && pair.server.is_established() {
            let _ = (client, server);
            return (pair, sent);
        }
    }
}

fn save(pair: &mut Pair, version: Version) -> SavedSession {
    if version == Version::Tls13 {
        assert!(matches!(pair.read_client().unwrap(), Read::Ticket));
    }
    pair.client.saved().unwrap()
}

#[test]
fn a_client_that_comes_back_is_not_asked_again() {
    let _turn = turn();
    let world = World::new();
    for version in VERSIONS {
        for ticketless in [false, true] {
            if ticketless && version == Version::Tls13 {
                continue; // 1.3 has nothing but tickets
            }
            let server = ServerConfig::builder(&world.engine).identity(world.identity()).unwrap();
            let server = server.min_version(version).max_version(version);
            let server = if ticketless { server.tickets(None) } else { server.cached_sessions(0) };
            let (server, client) = (server.build().unwrap(), client(&world));
            let (mut pair, full) = connect(&server, &client, None);
            let mut saved = save(&mut pair, version);
            for _ in 0..3 {
                let (mut pair, resumed) = connect(&server, &client, Some(&saved));
                assert!(resumed + 300 < full, "{version:?}: {resumed} bytes, {full} at first");
                pair.ask_server(b"back").unwrap();
                pair.tell_client(b"welcome").unwrap();
                if version == Version::Tls12 {
                    saved = pair.client.saved().unwrap();
                }
            }
        }
    }
}

/// What a ticket needs is dropped when the client parks: one that comes afterwards is none, and what follows it is read.
#[test]
fn a_ticket_that_comes_late_is_passed_over() {
    let _turn = turn();
    let world = World::new();
    let (server, client) = (world.server(Version::Tls13), client(&world));
    for is_parked in [false, true] {
        let (mut pair, full) = connect(&server, &client, None);
        if is_parked {
            assert!(pair.client.park());
        }
        pair.write_server(b"behind it").unwrap();
        if !is_parked {
            assert!(matches!(pair.read_client().unwrap(), Read::Ticket));
        }
        let Read::Plaintext(mut plaintext) = pair.read_client().unwrap() else { panic!("no data") };
        assert_eq!(plaintext.bytes(), b"behind it");
        plaintext.advance(usize::MAX);
        pair.client.restore(plaintext);
        for _ in 0..3 {
            pair.ask_server(b"and on").unwrap();
            pair.tell_client(b"it goes").unwrap();
            assert!(pair.client.park() && pair.server.park());
        }
        let (_, again) = connect(&server, &client, pair.client.saved().ok().as_ref());
        assert_eq!(again + 300 < full, !is_parked);
    }
}

#[test]
fn tickets_end_with_their_lifetime() {
    let _turn = turn();
    let world = World::new();
    for version in VERSIONS {
        PLATFORM.set_date(Some(TODAY));
        let server = ServerConfig::builder(&world.engine).identity(world.identity()).unwrap();
        let server = server.min_version(version).max_version(version).cached_sessions(0);
        let server = server.tickets(Some(std::time::Duration::from_secs(3600))).build().unwrap();
        let client = client(&world);
        let (mut pair, full) = connect(&server, &client, None);
        let saved = save(&mut pair, version);
        PLATFORM.set_date(Some(TODAY + 2 * 3600 + 1));
        let (_, again) = connect(&server, &client, Some(&saved));
        assert!(again + 100 > full, "{version:?}: resumed after its time");
    }
}

#[test]
fn swapped_certificates_leave_connections_alone() {
    let _turn = turn();
    let world = World::new();
    for version in VERSIONS {
        let (server, client) = (world.server(version), world.client());
        let mut old = world.pair(&server, &client, Cuts::Never);
        old.handshake().unwrap();
        // One that is in its handshake, too, goes on with what it began with.
        let mut between = world.pair(&server, &client, Cuts::Never);
        between.client_step().unwrap();
        between.client_step().unwrap();
        between.server_step().unwrap();
        let renewed = world.authority.issue(&[HOST]);
        let identity = Identity::new(&world.engine, &renewed.pem(), &renewed.key_pem()).unwrap();
        server.swap_identities(vec![identity]).unwrap();
        between.handshake().unwrap();
        assert_eq!(between.client.peer_certificate().map(|shown| shown.der()), Some(&world.issued.der()[..]));
        old.ask_server(b"still here").unwrap();
        let mut new = world.pair(&server, &client, Cuts::Never);
        new.handshake().unwrap();
        assert_eq!(new.client.peer_certificate().map(|shown| shown.der()), Some(&renewed.der()[..]));
    }
}

#[test]
fn an_added_certificate_is_shown_to_whoever_asks_for_its_name() {
    let _turn = turn();
    let world = World::new();
    let other = world.authority.issue(&["other.example"]);
    let identity = Identity::new(&world.engine, &other.pem(), &other.key_pem()).unwrap();
    for version in VERSIONS {
        let (server, client) = (world.server(version), world.client());
        let mut between = world.pair(&server, &client, Cuts::Never);
        between.client_step().unwrap();
        between.server_step().unwrap();
        server.add_identity(identity.clone()).unwrap();
        between.handshake().unwrap();
        for (name, shown) in [(HOST, &world.issued), ("other.example", &other)] {
            let client = Session::client(&client, ServerName::Dns(name), None).unwrap();
            let mut pair = Pair::new(client, Session::server(&server).unwrap(), Cuts::Never);
            pair.handshake().unwrap();
            assert_eq!(
                pair.client.peer_certificate().map(|shown| shown.der()),
                Some(&shown.der()[..]),
                "{version:?} {name}"
            );
        }
    }
}

/// A ticket is for one cipher suite. Where another is agreed on by now, the handshake is a whole one.
#[test]
fn a_ticket_of_another_cipher_suite_is_no_obstacle() {
    let _turn = turn();
    let world = World::new();
    let server = world.server(Version::Tls13);
    let narrow = ClientConfig::builder(&world.engine).trust(&world.authority.pem()).unwrap();
    let narrow = narrow.ciphers(&[CipherSuite::TLS_AES_128_GCM_SHA256]).unwrap().build().unwrap();
    for (then, now, expected) in [
        (&narrow, &client(&world), CipherSuite::TLS_CHACHA20_POLY1305_SHA256),
        (&client(&world), &narrow, CipherSuite::TLS_AES_128_GCM_SHA256),
    ] {
        let (mut pair, full) = connect(&server, then, None);
        let saved = save(&mut pair, Version::Tls13);
        let (mut pair, again) = connect(&server, now, Some(&saved));
        assert!(again + 100 > full, "{again} bytes, {full} at first");
        assert_eq!(pair.server.cipher_suite(), Some(expected));
        pair.ask_server(b"back").unwrap();
        // Of the same suite it is one still.
        let (mut pair, full) = connect(&server, now, None);
        let saved = save(&mut pair, Version::Tls13);
        let (_, again) = connect(&server, now, Some(&saved));
        assert!(again + 300 < full, "{again} bytes, {full} at first");
    }
}

/// The same of TLS 1.2, where the client would take what follows for a whole handshake if its suite was not that of the ticket (RFC 5246 section
/// 7.4.1.3). What the ticket says of its owner holds no more.
#[test]
fn a_ticket_of_a_cipher_suite_that_is_not_agreed_on_any_more_is_no_obstacle() {
    let _turn = turn();
    let world = World::new();
    let shown = world.authority.issue_client("sensor");
    let server = ServerConfig::builder(&world.engine).identity(world.identity()).unwrap();
    let server = server.client_certificates(ClientCertificates::Optional, &world.authority.pem()).unwrap();
    let server = server.max_version(Version::Tls12).cached_sessions(0).build().unwrap();
    let clients = |ciphers: &[CipherSuite]| {
        let builder = || {
            let builder = ClientConfig::builder(&world.engine).trust(&world.authority.pem()).unwrap();
            builder.ciphers(ciphers).unwrap()
        };
        let identity = Identity::new(&world.engine, &shown.pem(), &shown.key_pem()).unwrap();
        [builder().identity(identity).build().unwrap(), builder().build().unwrap()]
    };
    let [known, wide] = clients(CipherSuite::DEFAULT);
    let [known_narrow, narrow] = clients(&[CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]);
    for (then, now, expected) in [
        (&known, &narrow, CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256),
        (&known_narrow, &wide, CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256),
    ] {
        let (mut pair, full) = connect(&server, then, None);
        assert!(pair.server.peer_certificate().is_some());
        let saved = save(&mut pair, Version::Tls12);
        let (mut pair, again) = connect(&server, now, Some(&saved));
        assert!(again * 2 > full, "{again} bytes, {full} at first");
        assert_eq!(pair.server.cipher_suite(), Some(expected));
        assert!(pair.server.peer_certificate().is_none());
        pair.ask_server(b"back").unwrap();
        // The next one is resumed again, once there is a ticket of it.
        let (mut pair, full) = connect(&server, now, None);
        let saved = save(&mut pair, Version::Tls12);
        let (_, again) = connect(&server, now, Some(&saved));
        assert!(again + 300 < full, "{again} bytes, {full} at first");
    }
}

/// A ticket in a hello that leads to nothing is no other client's.
#[test]
fn a_ticket_of_a_cipher_suite_that_nobody_agrees_on_disturbs_nobody() {
    let _turn = turn();
    let world = World::new();
    let suites = |suites: &[CipherSuite]| {
        let builder = ClientConfig::builder(&world.engine).trust(&world.authority.pem()).unwrap();
        builder.ciphers(suites).unwrap().build().unwrap()
    };
    let chacha = CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256;
    let aes = CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256;
    let server = ServerConfig::builder(&world.engine).identity(world.identity()).unwrap();
    let server = server.max_version(Version::Tls12).ciphers(&[chacha, aes]).unwrap().build().unwrap();
    let (mut pair, _) = connect(&server, &suites(&[chacha]), None);
    let saved = save(&mut pair, Version::Tls12);
    let begin = |client: &ClientConfig, saved: Option<&SavedSession>| {
        let session = Session::client(client, ServerName::Dns(HOST), saved).unwrap();
        Pair::new(session, Session::server(&server).unwrap(), Cuts::Never)
    };
    for steps in 0..20 {
        // In the midst of one handshake somebody else comes with a ticket, and suites that the server does not have.
        let mut other = begin(&suites(&[aes]), None);
        for _ in 0..steps {
            other.client_step().unwrap();
            other.server_step().unwrap();
        }
        let mut pair = begin(&suites(&[CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]), Some(&saved));
        assert!((0..10).any(|_| pair.client_step().is_err() || pair.server_step().is_err()));
        while !other.client.is_established() || !other.server.is_established() {
            other.client_step().unwrap();
            other.server_step().unwrap();
        }
    }
}

/// Who has shown a certificate is known by it when he comes back.
#[test]
fn a_client_with_a_certificate_is_known_by_it_when_it_comes_back() {
    let _turn = turn();
    let world = World::new();
    let shown = world.authority.issue_client("sensor");
    for version in VERSIONS {
        for policy in [ClientCertificates::Optional, ClientCertificates::Required] {
            let server = ServerConfig::builder(&world.engine).identity(world.identity()).unwrap();
            let server = server.client_certificates(policy, &world.authority.pem()).unwrap();
            let server = server.min_version(version).max_version(version).build().unwrap();
            let client = ClientConfig::builder(&world.engine).trust(&world.authority.pem()).unwrap();
            let identity = Identity::new(&world.engine, &shown.pem(), &shown.key_pem()).unwrap();
            let client = client.identity(identity).build().unwrap();
            let mut saved = None;
            for round in 0..3 {
                let (mut pair, _) = connect(&server, &client, saved.as_ref());
                let known = pair.server.peer_certificate().map(|shown| shown.der().to_vec());
                assert_eq!(known, Some(shown.der()), "{version:?} {policy:?}, round {round}");
                pair.tell_client(b"welcome").unwrap();
                saved = pair.client.saved().ok();
            }
        }
    }
}

/// What was forgiven of a certificate is not forgotten.
#[test]
fn a_certificate_that_was_forgiven_is_not_verified_by_coming_back() {
    let _turn = turn();
    let world = World::new();
    for version in VERSIONS {
        let server = world.server(version);
        let client = ClientConfig::builder(&world.engine).danger_accept_untrusted().build().unwrap();
        let (mut pair, full) = connect(&server, &client, None);
        for _ in 0..2 {
            assert!(!pair.client.peer_certificate().unwrap().is_verified(), "{version:?}");
            let saved = save(&mut pair, version);
            let (again, resumed) = connect(&server, &client, Some(&saved));
            assert!(resumed + 300 < full, "{version:?}: {resumed} bytes, {full} at first");
            pair = again;
        }
    }
}

/// A device without a clock has taken a certificate that is not valid, and learns the time then.
#[test]
fn a_session_is_no_better_than_its_certificate_is_now() {
    let _turn = turn();
    let world = World::new();
    let dates = Dates::IgnoredWithoutClock;
    let late = |purpose| {
        let issued = world.authority.issue_with(&[HOST], |params| {
            params.not_before = rcgen::date_time_ymd(2026, 9, 1);
            params.extended_key_usages = vec![purpose];
        });
        Identity::new(&world.engine, &issued.pem(), &issued.key_pem()).unwrap()
    };
    for (version, is_client_late) in
        VERSIONS.into_iter().flat_map(|version| [(version, false), (version, true)])
    {
        PLATFORM.set_date(None);
        let server =
            ServerConfig::builder(&world.engine).dates(dates).min_version(version).max_version(version);
        let shown = if is_client_late { world.identity() } else { late(ExtendedKeyUsagePurpose::ServerAuth) };
        let server = server.identity(shown).unwrap();
        let server =
            server.client_certificates(ClientCertificates::Optional, &world.authority.pem()).unwrap();
        let server = server.build().unwrap();
        let client = ClientConfig::builder(&world.engine).dates(dates).trust(&world.authority.pem()).unwrap();
        let client = match is_client_late {
            true => client.identity(late(ExtendedKeyUsagePurpose::ClientAuth)),
            false => client,
        };
        let client = client.build().unwrap();
        let (mut pair, _) = connect(&server, &client, None);
        let has_ticket = version == Version::Tls12 || !is_client_late;
        let saved = has_ticket.then(|| save(&mut pair, version));
        PLATFORM.set_date(Some(TODAY));
        let session = Session::client(&client, ServerName::Dns(HOST), saved.as_ref()).unwrap();
        let mut pair = Pair::new(session, Session::server(&server).unwrap(), Cuts::Never);
        let failed = pair.handshake().unwrap_err();
        let fault = if is_client_late { failed.server } else { failed.client };
        assert_eq!(
            fault.map(|error| error.kind),
            Some(ErrorKind::Certificate(CertificateFault::NotYetValid)),
            "{version:?} {is_client_late}"
        );
    }
}
