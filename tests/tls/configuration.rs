//! Certificates and keys as they come, and what is refused before anybody connects.

use wm_websockets::tls::{
    ClientConfig, ConfigError, Engine, EngineError, Identity, ServerConfig, ServerName, Session,
};

use crate::pair::World;
use crate::platform::{PLATFORM, TODAY, turn};

fn with_nul(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.push(0);
    bytes
}

#[test]
fn pem_and_der_with_and_without_nul() {
    let _turn = turn();
    let world = World::new();
    let ca = &world.authority;
    let issued = &world.issued;
    let chains = [[issued.pem(), ca.pem()].concat(), [issued.der(), ca.der()].concat(), issued.der()];
    let keys = [issued.key_pem(), issued.key_der()];
    for chain in chains.iter().flat_map(|chain| [chain.clone(), with_nul(chain.clone())]) {
        for key in keys.iter().flat_map(|key| [key.clone(), with_nul(key.clone())]) {
            assert_eq!(Identity::new(&world.engine, &chain, &key).err(), None);
        }
    }
}

#[test]
fn what_is_wrong_is_said() {
    let _turn = turn();
    let world = World::new();
    let (chain, key) = (world.issued.pem(), world.issued.key_pem());
    let error = |chain: &[u8], key: &[u8]| Identity::new(&world.engine, chain, key).err();
    let other = world.authority.issue(&["other.example"]);
    assert_eq!(error(&chain, &other.key_pem()), Some(ConfigError::KeyMismatch));
    for damaged in [&b""[..], b"\0", b"no certificate", &chain[..chain.len() / 2], &world.issued.der()[1..]] {
        assert!(matches!(error(damaged, &key), Some(ConfigError::UnreadableCertificate { .. })));
    }
    for damaged in [&b""[..], b"no key", &key[..key.len() / 2], &chain] {
        assert!(matches!(error(&chain, damaged), Some(ConfigError::UnreadableKey { .. })));
    }
    for armour in [
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n",
        "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\nMAA=\n-----END EC PRIVATE KEY-----\n",
    ] {
        assert_eq!(error(&chain, armour.as_bytes()), Some(ConfigError::EncryptedKey));
    }
}

#[test]
fn dates_are_checked_when_there_is_a_clock() {
    let _turn = turn();
    let world = World::new();
    let (chain, key) = (world.issued.pem(), world.issued.key_pem());
    let error = || Identity::new(&world.engine, &chain, &key).err();
    const YEAR: u64 = 366 * 86_400;
    PLATFORM.set_date(Some(TODAY + YEAR));
    assert_eq!(error(), Some(ConfigError::CertificateExpired));
    PLATFORM.set_date(Some(TODAY - YEAR));
    assert_eq!(error(), Some(ConfigError::CertificateNotYetValid));
    PLATFORM.set_date(None);
    assert_eq!(error(), None);
}

#[test]
fn a_configuration_needs_something_to_show_or_to_trust() {
    let _turn = turn();
    let world = World::new();
    assert_eq!(ServerConfig::builder(&world.engine).build().err(), Some(ConfigError::NoCredentials));
    assert_eq!(ClientConfig::builder(&world.engine).build().err(), Some(ConfigError::NoTrust));
    let server = world.server(wm_websockets::tls::Version::Tls13);
    assert_eq!(server.swap_identities(Vec::new()).err(), Some(ConfigError::NoCredentials));
    let builder = || ServerConfig::builder(&world.engine);
    let modern =
        builder().identity(world.identity()).unwrap().min_version(wm_websockets::tls::Version::Tls13);
    let old = wm_websockets::tls::CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256;
    let error = modern.ciphers(&[old]).unwrap().build().err();
    assert!(
        matches!(error, Some(ConfigError::Refused { .. })),
        "a suite of 1.2 and nothing but 1.3: {error:?}"
    );
    for (identity, key) in [(&b""[..], &b"key"[..]), (b"id", b""), (b"id", &[7; 49]), (&[b'a'; 129], b"key")]
    {
        assert_eq!(builder().preshared_key(identity, key).err(), Some(ConfigError::BadPresharedKey));
    }
    for name in ["", "a\0b", &"a".repeat(256)] {
        let error = Session::client(&world.client(), ServerName::Dns(name), None).err();
        assert_eq!(error, Some(ConfigError::BadHostName));
    }
}

#[test]
fn there_is_one_engine_and_it_needs_entropy() {
    let _turn = turn();
    let engine = Engine::new().unwrap();
    let clone = engine.clone();
    drop(engine);
    assert_eq!(Engine::new().err(), Some(EngineError::InUse));
    drop(clone);
    PLATFORM.fail_entropy();
    assert_eq!(Engine::new().err(), Some(EngineError::NoEntropy));
    assert_eq!(Engine::new().err(), Some(EngineError::NoEntropy), "the failed one is gone");
}
