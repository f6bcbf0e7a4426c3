//! Messages of one version among those of another.
#![cfg(all(feature = "client", feature = "security"))]

use std::collections::VecDeque;
use std::vec::Vec;

use crate::tls::tests::{End, KEY, server_with_p256_alone, turn};
use crate::tls::{ClientConfig, Engine, Handshake, ServerConfig, ServerName, Session, Version, raw};

fn client(engine: &Engine, newest: Version) -> Session {
    let builder = ClientConfig::builder(engine).preshared_key(b"me", KEY).unwrap();
    let config = builder.max_version(newest).build().unwrap();
    Session::client(&config, ServerName::Dns("device"), None).unwrap()
}

/// A first hello of TLS 1.3 that is answered by a request for another key share has left its mark on the handshake: a ticket, for example
/// (CVE-2026-34873). Another version is not agreed on then (RFC 8446 section 4.1.2).
#[test]
fn after_a_retry_the_version_is_that_of_the_first_hello() {
    let _turn = turn();
    let engine = Engine::new().unwrap();
    let mut server = Session::server(&server_with_p256_alone(&engine)).unwrap();
    let (mut up, mut down) = (VecDeque::new(), VecDeque::new());
    let mut steps = |client: &mut Session| {
        for _ in 0..4 {
            client.handshake_step(&mut End(&mut VecDeque::new(), &mut up)).unwrap();
        }
        (0..20).find_map(|_| server.handshake_step(&mut End(&mut up, &mut down)).err())
    };
    assert_eq!(steps(&mut client(&engine, Version::Tls13)), None);
    let error = steps(&mut client(&engine, Version::Tls12)).expect("it takes the older version");
    assert_eq!(error.code, raw::MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER);
}

/// The version of a hello of TLS 1.2 stands in its head, where TLS 1.3 has nothing to say (CVE-2026-115490).
#[test]
fn a_server_of_tls_1_3_says_so_where_that_belongs() {
    let _turn = turn();
    let engine = Engine::new().unwrap();
    let mut client = client(&engine, Version::Tls13);
    let (mut up, mut down) = (VecDeque::new(), VecDeque::new());
    while client.handshake_step(&mut End(&mut down, &mut up)).unwrap() == Handshake::Step {}
    let hello: Vec<u8> = up.drain(..).collect();
    let name = &hello[44..44 + 32];
    let body = [&[3, 4][..], &[7; 32], &[32], name, &[0x13, 0x01, 0]].concat();
    let message = [&[2, 0, 0, body.len() as u8][..], &body].concat();
    down.extend([22, 3, 3, 0, message.len() as u8]);
    down.extend(message);
    let error = (0..5).find_map(|_| client.handshake_step(&mut End(&mut down, &mut up)).err());
    assert!(error.is_some(), "it waits for what follows without keys");
}

/// What follows the server's hello is protected by keys, and stands in a record of its own (RFC 8446 section 5.1).
#[test]
fn nothing_follows_the_hello_of_a_server_in_its_record() {
    let _turn = turn();
    let engine = Engine::new().unwrap();
    let config = ServerConfig::builder(&engine).preshared_key(b"me", KEY).unwrap().build().unwrap();
    for extra in [&[][..], &[8, 0, 0, 2, 0, 0]] {
        let (mut client, mut server) = (client(&engine, Version::Tls13), Session::server(&config).unwrap());
        let (mut up, mut down) = (VecDeque::new(), VecDeque::new());
        while client.handshake_step(&mut End(&mut down, &mut up)).unwrap() == Handshake::Step {}
        while down.is_empty() {
            server.handshake_step(&mut End(&mut up, &mut down)).unwrap();
        }
        let length = usize::from(u16::from_be_bytes([down[3], down[4]]));
        let mut record: VecDeque<u8> = down.drain(..5 + length).collect();
        record.extend(extra);
        record[4] += extra.len() as u8;
        let error = (0..5).find_map(|_| client.handshake_step(&mut End(&mut record, &mut up)).err());
        let refused = (!extra.is_empty()).then_some(raw::MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE);
        assert_eq!(error.map(|error| error.code), refused);
    }
}
