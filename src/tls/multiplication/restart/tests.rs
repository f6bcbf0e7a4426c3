//! How many multiplications a step of a handshake does, and in which form a server sends its point.

use std::collections::VecDeque;
use std::string::String;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::vec::Vec;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

use crate::tls::multiplication::*;
use crate::tls::tests::{End, turn};
use crate::tls::{
    ClientConfig, Dates, Engine, Handshake, Identity, ServerConfig, ServerName, Session, Version,
};

/// [`Multiplication`], and how often it was done.
struct Counting;

static COUNTING: Counting = Counting;
static MULTIPLICATIONS: AtomicUsize = AtomicUsize::new(0);

impl MbedtlsEcpMul for Counting {
    unsafe fn mul(
        &self,
        group: &mut raw::mbedtls_ecp_group,
        result: &mut raw::mbedtls_ecp_point,
        scalar: &raw::mbedtls_mpi,
        point: &raw::mbedtls_ecp_point,
        f_rng: MbedtlsFRng,
        p_rng: *mut c_void,
        restart: *mut MbedtlsEcpRestartCtx,
    ) -> Result<(), mbedtls::MbedtlsError> {
        // SAFETY: the caller's own arguments.
        let product = unsafe { MULTIPLICATION.mul(group, result, scalar, point, f_rng, p_rng, restart) };
        if product.is_ok() {
            MULTIPLICATIONS.fetch_add(1, Relaxed);
        }
        product
    }
}

fn authority() -> (Issuer<'static, KeyPair>, String) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    (Issuer::new(params, key), certificate.pem())
}

/// The most that one step did at the client, and what all of its steps did.
fn multiplications(version: Version) -> (usize, usize) {
    let (issuer, authority) = authority();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["device".into()]).unwrap().signed_by(&key, &issuer).unwrap();
    let engine = Engine::new().unwrap();
    // SAFETY: it is a static, and nobody calculates yet.
    unsafe { hook_ecp_mul(Some(&COUNTING)) };
    let identity =
        Identity::new(&engine, certificate.pem().as_bytes(), key.serialize_pem().as_bytes()).unwrap();
    let server = ServerConfig::builder(&engine).identity(identity).unwrap();
    let server = server.min_version(version).max_version(version).build().unwrap();
    let client = ClientConfig::builder(&engine).trust(authority.as_bytes()).unwrap();
    let client = client.dates(Dates::Ignored).build().unwrap();
    let mut client = Session::client(&client, ServerName::Dns("device"), None).unwrap();
    let mut server = Session::server(&server).unwrap();
    let (mut up, mut down) = (VecDeque::new(), VecDeque::new());
    let mut counts = Vec::new();
    loop {
        MULTIPLICATIONS.store(0, Relaxed);
        let one = client.handshake_step(&mut End(&mut down, &mut up)).unwrap();
        counts.push(MULTIPLICATIONS.load(Relaxed));
        let other = server.handshake_step(&mut End(&mut up, &mut down)).unwrap();
        if (one, other) == (Handshake::Done, Handshake::Done) {
            return (counts.iter().copied().max().unwrap(), counts.iter().sum());
        }
    }
}

#[test]
fn a_client_of_tls_1_2_multiplies_once_a_step() {
    let _turn = turn();
    // One for the key that it offers in case of TLS 1.3, two for each of the signatures of certificate and key exchange, two for the key
    // that both agree on.
    assert_eq!(multiplications(Version::Tls12), (1, 7));
}

#[test]
fn a_client_of_tls_1_3_does_one_operation_a_step() {
    let _turn = turn();
    let (most, _) = multiplications(Version::Tls13);
    assert!(most <= 2, "a signature takes two, and here {most} were done");
}

/// A hello of TLS 1.2 from a client that would rather have compressed points on P-256 (RFC 4492 section 5.1.2).
fn hello() -> Vec<u8> {
    const COMPRESSED_FIRST: [u8; 7] = [0, 11, 0, 3, 2, 1, 0];
    const GROUPS: [u8; 8] = [0, 10, 0, 4, 0, 2, 0, 23];
    const SIGNATURES: [u8; 8] = [0, 13, 0, 4, 0, 2, 4, 3];
    let extensions = [&GROUPS[..], &COMPRESSED_FIRST, &SIGNATURES].concat();
    let suites_and_compression = [0, 2, 0xc0, 0x2b, 1, 0];
    let session_id = [0];
    let length = u8::try_from(extensions.len()).unwrap();
    let body =
        [&[3, 3][..], &[7; 32], &session_id, &suites_and_compression, &[0, length], &extensions].concat();
    let length = u8::try_from(body.len()).unwrap();
    let message = [&[1, 0, 0, length][..], &body].concat();
    let length = u8::try_from(message.len()).unwrap();
    [&[22, 3, 1, 0, length][..], &message].concat()
}

/// The body of the handshake's message of that kind, each of which is a record here.
fn message(mut records: &[u8], kind: u8) -> Option<&[u8]> {
    while let [_, _, _, high, low, rest @ ..] = records {
        let (record, after) = rest.split_at(usize::from(u16::from_be_bytes([*high, *low])));
        if record.first() == Some(&kind) {
            return record.get(4..);
        }
        records = after;
    }
    None
}

#[test]
fn a_server_answers_with_uncompressed_points_only() {
    const SERVER_KEY_EXCHANGE: u8 = 12;
    let _turn = turn();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["device".into()]).unwrap().self_signed(&key).unwrap();
    let engine = Engine::new().unwrap();
    let identity =
        Identity::new(&engine, certificate.pem().as_bytes(), key.serialize_pem().as_bytes()).unwrap();
    let config = ServerConfig::builder(&engine).identity(identity).unwrap().build().unwrap();
    let mut session = Session::server(&config).unwrap();
    let (mut up, mut down) = (VecDeque::from(hello()), VecDeque::new());
    while session.handshake_step(&mut End(&mut up, &mut down)).unwrap() != Handshake::NeedsInput {}
    let sent = Vec::from(down);
    // A named curve, P-256; the length of a point, and that it is uncompressed (RFC 8422 section 5.4).
    assert_eq!(message(&sent, SERVER_KEY_EXCHANGE).unwrap()[..5], [3, 0, 23, 65, 4]);
}
