//! Each condition for parking, one after the other, on sessions that could park.
#![cfg(feature = "client")]

use std::collections::VecDeque;
use std::ptr::NonNull;
use std::vec;
use std::vec::Vec;

use super::*;
use crate::tls::tests::{End, turn};
use crate::tls::{ClientConfig, Engine, Handshake, Read, ServerConfig, ServerName, Version};

struct Pair {
    client: Session,
    server: Session,
    up: VecDeque<u8>,
    down: VecDeque<u8>,
}

const KEY: &[u8] = b"sixteen bytes...";

impl Pair {
    fn new(engine: &Engine, version: Version) -> Pair {
        let server = ServerConfig::builder(engine).preshared_key(b"me", KEY).unwrap();
        let server = server.min_version(version).max_version(version).build().unwrap();
        let client = ClientConfig::builder(engine).preshared_key(b"me", KEY).unwrap().build().unwrap();
        Pair {
            client: Session::client(&client, ServerName::Dns("device"), None).unwrap(),
            server: Session::server(&server).unwrap(),
            up: VecDeque::new(),
            down: VecDeque::new(),
        }
    }

    /// Both take a step; true when both have done.
    fn step(&mut self) -> bool {
        let client = self.client.handshake_step(&mut End(&mut self.down, &mut self.up)).unwrap();
        let server = self.server.handshake_step(&mut End(&mut self.up, &mut self.down)).unwrap();
        (client, server) == (Handshake::Done, Handshake::Done)
    }

    fn say(&mut self, bytes: &[u8]) {
        let written = self.client.write(&mut End(&mut self.down, &mut self.up), bytes).unwrap();
        assert_eq!(written, bytes.len());
    }

    fn hear(&mut self) -> Option<Vec<u8>> {
        match self.server.read(&mut End(&mut self.up, &mut self.down)).unwrap() {
            Read::Plaintext(mut plaintext) => {
                let said = plaintext.bytes().to_vec();
                plaintext.advance(said.len());
                self.server.restore(plaintext);
                Some(said)
            }
            _ => None,
        }
    }
}

const VERSIONS: [Version; 2] = [Version::Tls12, Version::Tls13];

type Context = raw::mbedtls_ssl_context;

/// In words; what is still idle: the whole, the input half, the output half; and how it comes about.
type Violation = (&'static str, [bool; 3], fn(&mut Context));

const VIOLATIONS: &[Violation] = &[
    ("a ticket waits", [false, true, true], |ssl| {
        ssl.private_state = raw::mbedtls_ssl_states_MBEDTLS_SSL_TLS1_3_NEW_SESSION_TICKET as c_int;
    }),
    ("a session is negotiated", [false, true, true], |ssl| {
        ssl.private_session_negotiate = NonNull::dangling().as_ptr();
    }),
    ("nothing is decrypted", [false, true, true], |ssl| ssl.private_transform_in = ptr::null_mut()),
    ("nothing is encrypted", [false, true, true], |ssl| ssl.private_transform_out = ptr::null_mut()),
    ("an alert waits", [false, true, true], |ssl| ssl.private_send_alert = 1),
    ("a part of a record arrived", [true, false, true], |ssl| ssl.private_in_left = 1),
    ("plaintext waits", [true, false, true], |ssl| ssl.private_in_offt = ssl.private_in_msg),
    ("a message is kept", [true, false, true], |ssl| ssl.private_keep_current_message = 1),
    ("a message is in pieces", [true, false, true], |ssl| ssl.private_badmac_seen_or_in_hsfraglen = 1),
    ("another message follows", [true, false, true], |ssl| {
        (ssl.private_in_hslen, ssl.private_in_msglen) = (4, 8);
    }),
    ("the input is shifted", [true, false, true], |ssl| {
        ssl.private_in_hdr = ssl.private_in_hdr.wrapping_add(1);
    }),
    ("the input is lent", [true, false, true], |ssl| ssl.private_in_buf = ptr::null_mut()),
    ("a record waits", [true, true, false], |ssl| ssl.private_out_left = 1),
    ("the output is shifted", [true, true, false], |ssl| {
        ssl.private_out_hdr = ssl.private_out_hdr.wrapping_add(1);
    }),
];

fn verdict(inner: &Inner) -> [bool; 3] {
    [inner.is_idle(), inner.input_is_idle(), inner.output_is_idle()]
}

#[test]
fn each_condition_counts() {
    let _turn = turn();
    let engine = Engine::new().unwrap();
    for version in VERSIONS {
        let mut pair = Pair::new(&engine, version);
        while !pair.step() {}
        let inner = pair.server.inner_mut();
        assert_eq!(verdict(inner), [true; 3], "{version:?}");
        for (what, expected, violate) in VIOLATIONS {
            let sound = inner.ssl;
            violate(&mut inner.ssl);
            let found = verdict(inner);
            inner.ssl = sound;
            assert_eq!(found, *expected, "{version:?}: {what}");
        }
        let sound = inner.ssl;
        inner.ssl.private_handshake = NonNull::dangling().as_ptr();
        let idle = inner.is_idle();
        inner.ssl = sound;
        assert_eq!(idle, version == Version::Tls13, "a renegotiation in 1.2; in 1.3 leftovers of a client");
    }
}

#[test]
fn a_handshake_is_never_parked_and_goes_on() {
    let _turn = turn();
    let engine = Engine::new().unwrap();
    for version in VERSIONS {
        let mut pair = Pair::new(&engine, version);
        while !pair.server.is_established() || !pair.client.is_established() {
            let server = pair.server.is_established();
            assert_eq!(pair.server.park(), server, "{version:?}");
            pair.step();
        }
        pair.say(b"hello");
        assert_eq!(pair.hear().unwrap(), b"hello");
    }
}

#[test]
fn a_record_that_arrives_in_pieces_keeps_the_input_and_is_not_lost() {
    let _turn = turn();
    let engine = Engine::new().unwrap();
    for version in VERSIONS {
        let mut pair = Pair::new(&engine, version);
        while !pair.step() {}
        for cut in 1..26 {
            pair.say(b"hello");
            let rest = pair.up.split_off(cut);
            assert_eq!(pair.hear(), None);
            assert!(!pair.server.park(), "{version:?}: after {cut} bytes");
            assert!(pair.server.inner().parking.output, "the output half is idle");
            pair.up.extend(rest);
            assert_eq!(pair.hear().unwrap(), b"hello");
            assert!(pair.server.park());
        }
    }
}

#[test]
fn what_a_handshake_leaves_is_dropped() {
    let _turn = turn();
    let engine = Engine::new().unwrap();
    for version in VERSIONS {
        for takes_ticket in [true, false] {
            let mut pair = Pair::new(&engine, version);
            while !pair.step() {}
            assert!(has_nothing_of_it(&pair.server));
            // A ticket needs it; but not for longer than a client may park.
            assert_eq!(has_nothing_of_it(&pair.client), version == Version::Tls12);
            if takes_ticket {
                let read = pair.client.read(&mut End(&mut pair.down, &mut pair.up)).unwrap();
                assert_eq!(matches!(read, Read::Ticket), version == Version::Tls13);
            } else {
                assert!(pair.client.park());
            }
            assert!(has_nothing_of_it(&pair.client));
        }
    }
}

fn has_nothing_of_it(session: &Session) -> bool {
    let ssl = &session.inner().ssl;
    ssl.private_handshake.is_null() && ssl.private_transform_negotiate.is_null()
}

/// Whether nothing is in a free buffer of that kind.
fn is_clean(engine: &Engine, half: Half) -> bool {
    let pool = engine.pool();
    let buffer = pool.take(half).unwrap();
    // SAFETY: no session has so short buffers.
    let clean = unsafe { std::slice::from_raw_parts(buffer.as_ptr(), 4096) }.iter().all(|&byte| byte == 0);
    // SAFETY: it came from `take`, for that half.
    unsafe { pool.give_back(half, buffer, WHOLE) };
    clean
}

#[test]
fn no_byte_of_a_record_stays_in_a_buffer_that_is_given_back() {
    let _turn = turn();
    let engine = Engine::new().unwrap();
    engine.keep_buffers(2);
    for version in VERSIONS {
        let mut pair = Pair::new(&engine, version);
        while !pair.step() {}
        for length in [3000, 1, 700, 4000, 12] {
            assert!(pair.server.park() && pair.client.park());
            assert!(is_clean(&engine, Half::Input) && is_clean(&engine, Half::Output), "{version:?}");
            pair.say(&vec![0x5a; length]);
            assert_eq!(pair.hear().unwrap(), vec![0x5a; length]);
            if length > 1000 {
                let inner = pair.server.inner_mut();
                assert!((length..length + 64).contains(&inner.parking.input_used), "{version:?}");
            }
        }
    }
}

#[test]
fn a_server_drops_its_session_unless_records_are_to_be_short() {
    let _turn = turn();
    let engine = Engine::new().unwrap();
    for version in VERSIONS {
        let mut pair = Pair::new(&engine, version);
        while !pair.step() {}
        assert!(pair.server.inner().ssl.private_session.is_null(), "{version:?}");
        assert_eq!(pair.server.cipher_suite(), pair.client.cipher_suite(), "{version:?}");
        assert!(pair.server.cipher_suite().is_some());
    }
    // The extension is one of TLS 1.2 here.
    let mut pair = Pair::new(&engine, Version::Tls12);
    let configuration = pair.client.inner().ssl.private_conf.cast_mut();
    // SAFETY: the client's configuration, whose handshake has not begun.
    let accepted =
        unsafe { raw::mbedtls_ssl_conf_max_frag_len(configuration, raw::MBEDTLS_SSL_MAX_FRAG_LEN_512 as u8) };
    assert_eq!(accepted, 0);
    while !pair.step() {}
    pair.down.clear();
    let written = pair.server.write(&mut End(&mut pair.up, &mut pair.down), &[b'x'; 2000]).unwrap();
    assert_eq!(written, 2000);
    let [kind, _, _, upper, lower] = core::array::from_fn(|place| pair.down[place]);
    assert_eq!(kind, 23, "application data");
    assert!(u16::from_be_bytes([upper, lower]) <= 512 + 24, "{upper} {lower}");
}
