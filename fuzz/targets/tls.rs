//! A TLS session fed with arbitrary bytes in arbitrary pieces: from the start, or once it is established. It fails or waits, parks where it
//! may, and never spins; AddressSanitizer watches Mbed TLS.

#![no_main]

use std::collections::VecDeque;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use wm_sys::host::VirtualPlatform;
use wm_websockets::tls::{ClientConfig, Engine, Handshake, Read, ServerConfig, ServerName, Session, Wire};
use wm_websockets_fuzz::Input;

const KEY: &[u8] = b"sixteen bytes...";

#[derive(Default)]
struct Ends {
    incoming: VecDeque<u8>,
    outgoing: Vec<u8>,
}

impl Wire for Ends {
    fn receive(&mut self, buffer: &mut [u8]) -> usize {
        let length = buffer.len().min(self.incoming.len());
        buffer.iter_mut().zip(self.incoming.drain(..length)).for_each(|(place, byte)| *place = byte);
        length
    }
    fn send(&mut self, bytes: &[u8]) -> usize {
        self.outgoing.extend(bytes);
        bytes.len()
    }
}

fuzz_target!(|data: &[u8]| {
    static PLATFORM: OnceLock<&VirtualPlatform> = OnceLock::new();
    PLATFORM.get_or_init(VirtualPlatform::install).reseed(1);
    let Some((&mode, data)) = data.split_first() else { return };
    let engine = Engine::new().expect("the one before is gone");
    let config = ServerConfig::builder(&engine).preshared_key(b"me", KEY).and_then(|builder| builder.build());
    let mut server = Session::server(&config.expect("a configuration")).expect("memory");
    let mut ends = Ends::default();
    if mode & 1 == 1 {
        establish(&engine, &mut server, &mut ends);
    }
    for piece in Input::new(data).pieces() {
        ends.incoming.extend(piece);
        if !go_on(&mut server, &mut ends) {
            break;
        }
        server.park();
        if mode & 2 == 2 && server.is_established() {
            server.write(&mut ends, b"news").expect("a session that goes on");
        }
    }
    server.close(&mut ends).ok();
});

/// A handshake with a client of our own, which then is gone.
fn establish(engine: &Engine, server: &mut Session, ends: &mut Ends) {
    let config = ClientConfig::builder(engine).preshared_key(b"me", KEY).and_then(|builder| builder.build());
    let name = ServerName::Dns("device");
    let mut client = Session::client(&config.expect("a configuration"), name, None).expect("memory");
    let mut far = Ends::default();
    while !(server.is_established() && client.is_established()) {
        client.handshake_step(&mut far).expect("a handshake");
        ends.incoming.extend(far.outgoing.drain(..));
        server.handshake_step(ends).expect("a handshake");
        far.incoming.extend(ends.outgoing.drain(..));
    }
}

/// Takes what has arrived; false once the session has failed.
fn go_on(server: &mut Session, ends: &mut Ends) -> bool {
    // Each step takes a byte, or is one of the steps of a handshake.
    for _ in 0..ends.incoming.len() + 64 {
        let waits = match server.is_established() {
            false => match server.handshake_step(ends) {
                Ok(Handshake::Step | Handshake::Done) => false,
                Ok(Handshake::NeedsInput | Handshake::NeedsRoom) => true,
                Err(_) => return false,
            },
            true => match server.read(ends) {
                Ok(Read::Plaintext(mut plaintext)) => {
                    plaintext.advance(plaintext.bytes().len() / 2 + 1);
                    server.restore(plaintext);
                    false
                }
                Ok(_) => true,
                Err(_) => return false,
            },
        };
        if waits {
            return true;
        }
    }
    panic!("the session spins");
}
