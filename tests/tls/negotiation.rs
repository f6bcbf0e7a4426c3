//! What two sides agree on, and what they refuse.

use wm_websockets::tls::{Alert, CipherSuite, ClientConfig, ErrorKind, ServerConfig, Version};

use crate::pair::{Cuts, VERSIONS, World};
use crate::platform::turn;

#[test]
fn both_versions_whatever_the_cuts() {
    let _turn = turn();
    let world = World::new();
    let cuts = [Cuts::Never, Cuts::Bytes].into_iter().chain((0..20).map(Cuts::Random));
    for cuts in cuts {
        for version in VERSIONS {
            let mut pair = world.established(version, cuts);
            for session in [&pair.client, &pair.server] {
                assert_eq!(session.version(), Some(version));
                assert_eq!(session.protocol(), Some("http/1.1"));
            }
            assert_eq!(
                pair.client.peer_certificate().map(|shown| shown.der()),
                Some(&world.issued.der()[..])
            );
            assert_eq!(pair.server.peer_certificate().map(|shown| shown.der()), None);
            pair.ask_server(b"ping").unwrap();
            pair.tell_client(b"pong").unwrap();
        }
    }
}

#[test]
fn every_cipher_suite_of_the_build() {
    let _turn = turn();
    let world = World::new();
    for suite in [
        CipherSuite::TLS_AES_128_GCM_SHA256,
        CipherSuite::TLS_AES_256_GCM_SHA384,
        CipherSuite::TLS_CHACHA20_POLY1305_SHA256,
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    ] {
        let server = ServerConfig::builder(&world.engine).identity(world.identity()).unwrap();
        let server = server.ciphers(&[suite]).unwrap().build().unwrap();
        let mut pair = world.pair(&server, &world.client(), Cuts::Never);
        pair.handshake().unwrap();
        assert_eq!(pair.server.cipher_suite(), Some(suite));
        pair.ask_server(b"ping").unwrap();
    }
}

/// What is cheapest for the server, in both versions, whatever the client likes best; and what the client knows.
#[test]
fn the_server_chooses_the_cipher_suite() {
    const AES: CipherSuite = CipherSuite::TLS_AES_128_GCM_SHA256;
    const CHACHA: CipherSuite = CipherSuite::TLS_CHACHA20_POLY1305_SHA256;
    const AES_1_2: CipherSuite = CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256;
    const CHACHA_1_2: CipherSuite = CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256;
    let _turn = turn();
    let world = World::new();
    let server = ServerConfig::builder(&world.engine).identity(world.identity()).unwrap().build().unwrap();
    for (offered, expected) in [
        (&[AES, CHACHA, AES_1_2, CHACHA_1_2][..], CHACHA),
        (&[CipherSuite::TLS_AES_256_GCM_SHA384, AES], CipherSuite::TLS_AES_256_GCM_SHA384),
        (&[AES_1_2, CHACHA], CHACHA),
        (&[AES_1_2, CHACHA_1_2], CHACHA_1_2),
        (&[AES_1_2], AES_1_2),
    ] {
        let client = ClientConfig::builder(&world.engine).trust(&world.authority.pem()).unwrap();
        let client = client.ciphers(offered).unwrap().build().unwrap();
        for cuts in [Cuts::Never, Cuts::Bytes, Cuts::Random(1)] {
            let mut pair = world.pair(&server, &client, cuts);
            pair.handshake().unwrap();
            assert_eq!(pair.server.cipher_suite(), Some(expected), "{offered:?}");
            pair.ask_server(b"ping").unwrap();
        }
    }
}

#[test]
fn too_old_a_client_is_told_so() {
    let _turn = turn();
    let world = World::new();
    let server = world.server(Version::Tls13);
    let client = ClientConfig::builder(&world.engine).trust(&world.authority.pem()).unwrap();
    let client = client.max_version(Version::Tls12).build().unwrap();
    let failed = world.pair(&server, &client, Cuts::Never).handshake().unwrap_err();
    let (client, server) = (failed.client.unwrap(), failed.server.unwrap());
    assert_eq!(server.alert, Some(Alert::Sent(70)), "{server}");
    assert_eq!(server.kind, ErrorKind::NothingInCommon, "{server}");
    assert_eq!(client.alert, Some(Alert::Received(70)), "{client}");
    assert_eq!(client.kind, ErrorKind::RefusedByPeer, "{client}");
}

#[test]
fn a_fault_is_known_at_once_and_told_once_when_there_is_room() {
    let _turn = turn();
    let world = World::new();
    let server = world.server(Version::Tls13);
    let client = ClientConfig::builder(&world.engine).trust(&world.authority.pem()).unwrap();
    let client = client.max_version(Version::Tls12).build().unwrap();
    let mut pair = world.pair(&server, &client, Cuts::Never);
    while pair.up.bytes.is_empty() {
        pair.client_step().unwrap();
    }
    pair.down.full = true;
    // One step for the record, one for what is in it.
    let error = (0..10).find_map(|_| pair.server_step().err()).expect("it fails without room too");
    assert_eq!((error.kind, error.alert), (ErrorKind::NothingInCommon, Some(Alert::Sent(70))), "{error}");
    pair.down.full = false;
    pair.flush();
    assert_eq!(pair.down.bytes, [21, 3, 3, 0, 2, 2, 70], "one alert");
}

#[test]
fn no_common_cipher_suite() {
    let _turn = turn();
    let world = World::new();
    let server = ServerConfig::builder(&world.engine).identity(world.identity()).unwrap();
    let server = server.ciphers(&[CipherSuite::TLS_AES_128_GCM_SHA256]).unwrap().build().unwrap();
    let client = ClientConfig::builder(&world.engine).trust(&world.authority.pem()).unwrap();
    let client = client.ciphers(&[CipherSuite::TLS_CHACHA20_POLY1305_SHA256]).unwrap().build().unwrap();
    let failed = world.pair(&server, &client, Cuts::Never).handshake().unwrap_err();
    let server = failed.server.unwrap();
    assert_eq!((server.kind, server.alert), (ErrorKind::NothingInCommon, Some(Alert::Sent(40))), "{server}");
}

#[test]
fn preshared_keys_in_place_of_certificates() {
    let _turn = turn();
    let world = World::new();
    for version in VERSIONS {
        let server = ServerConfig::builder(&world.engine).preshared_key(b"other", b"another secret").unwrap();
        let server = server.preshared_key(b"sensor-7", b"a secret of 16 b").unwrap();
        let server = server.min_version(version).max_version(version).build().unwrap();
        let client = |key: &[u8]| {
            let client = ClientConfig::builder(&world.engine).preshared_key(b"sensor-7", key).unwrap();
            client.build().unwrap()
        };
        let mut pair = world.pair(&server, &client(b"a secret of 16 b"), Cuts::Never);
        pair.handshake().unwrap();
        pair.ask_server(b"21.5").unwrap();
        assert_eq!(pair.server.peer_certificate().map(|shown| shown.der()), None);
        assert!(world.pair(&server, &client(b"not that secret!"), Cuts::Never).handshake().is_err());
    }
}

/// Pre-shared keys go with SHA-256 in TLS 1.3, whatever else is preferred.
#[test]
fn preshared_keys_where_a_suite_with_another_hash_is_preferred() {
    let _turn = turn();
    let world = World::new();
    const PREFERRED: &[CipherSuite] =
        &[CipherSuite::TLS_AES_256_GCM_SHA384, CipherSuite::TLS_AES_128_GCM_SHA256];
    let server =
        ServerConfig::builder(&world.engine).preshared_key(b"sensor-7", b"a secret of 16 b").unwrap();
    let server = server.ciphers(PREFERRED).unwrap().build().unwrap();
    let client =
        ClientConfig::builder(&world.engine).preshared_key(b"sensor-7", b"a secret of 16 b").unwrap();
    let mut pair = world.pair(&server, &client.build().unwrap(), Cuts::Never);
    pair.handshake().unwrap();
    assert_eq!(pair.server.cipher_suite(), Some(CipherSuite::TLS_AES_128_GCM_SHA256));
    pair.ask_server(b"21.5").unwrap();
}
