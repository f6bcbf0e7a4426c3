//! Whose certificate is believed.

use std::net::{IpAddr, Ipv4Addr};

use rcgen::{CustomExtension, IsCa, date_time_ymd};
use wm_websockets::tls::{
    CertificateFault, ClientCertificates, ClientConfig, ConfigError, Dates, ErrorKind, Identity,
    ServerConfig, ServerName, Session,
};

use crate::authority::{Authority, Issued};
use crate::pair::{Cuts, HOST, Pair, VERSIONS, World};
use crate::platform::{PLATFORM, TODAY, turn};

/// What a client with `client` says to a server with this certificate, in both versions.
fn verdicts(
    world: &World,
    issued: &Issued,
    client: &ClientConfig,
    name: ServerName<'_>,
) -> [Option<ErrorKind>; 2] {
    VERSIONS.map(|version| {
        // The server's own clock would refuse what has expired.
        let date = wm_sys::unix_time();
        PLATFORM.set_date(None);
        let identity = Identity::new(&world.engine, &issued.pem(), &issued.key_pem()).unwrap();
        PLATFORM.set_date(date);
        let server = ServerConfig::builder(&world.engine).identity(identity).unwrap();
        let server = server.min_version(version).max_version(version).build().unwrap();
        let client = Session::client(client, name, None).unwrap();
        let result = Pair::new(client, Session::server(&server).unwrap(), Cuts::Never).handshake();
        result.err().map(|failed| failed.client.expect("the client refuses").kind)
    })
}

const fn fault(fault: CertificateFault) -> [Option<ErrorKind>; 2] {
    [Some(ErrorKind::Certificate(fault)); 2]
}

#[test]
fn a_bad_certificate_is_refused_for_what_is_bad_about_it() {
    let _turn = turn();
    let world = World::new();
    let client = world.client();
    let host = ServerName::Dns(HOST);
    let ca = &world.authority;
    let expired = ca.issue_with(&[HOST], |params| params.not_after = date_time_ymd(2026, 2, 1));
    let future = ca.issue_with(&[HOST], |params| params.not_before = date_time_ymd(2026, 12, 1));
    let foreign = Authority::new("Somebody").issue(&[HOST]);
    for (issued, expected) in [
        (&world.issued, [None; 2]),
        (&ca.issue(&["*.example"]), [None; 2]),
        (&ca.issue(&["other.example"]), fault(CertificateFault::WrongName)),
        (&ca.issue(&["10.0.2.15"]), fault(CertificateFault::WrongName)),
        (&foreign, fault(CertificateFault::Untrusted)),
        (&expired, fault(CertificateFault::Expired)),
        (&future, fault(CertificateFault::NotYetValid)),
    ] {
        assert_eq!(verdicts(&world, issued, &client, host), expected);
    }
}

/// Made by OpenSSL, for rcgen does not sign with SHA-1: an authority that has signed itself with that, and what it has signed.
#[cfg(feature = "security")]
const OLD_ROOT: &[u8] = include_bytes!("sha1/root.pem");
#[cfg(feature = "security")]
const OLD_ROOT_DER: &[u8] = include_bytes!("sha1/root.der");
#[cfg(feature = "security")]
const OLD_KEY: &[u8] = include_bytes!("sha1/server.key");

#[test]
#[cfg(feature = "security")]
fn an_old_authority_is_trusted_for_what_it_signs_today() {
    let _turn = turn();
    let world = World::new();
    let among_others = [&world.authority.pem(), OLD_ROOT, &Authority::new("Somebody").pem()].concat();
    for bundle in [OLD_ROOT, OLD_ROOT_DER, &among_others] {
        let client = ClientConfig::builder(&world.engine).trust(bundle).unwrap();
        let client = client.dates(Dates::Ignored).build().unwrap();
        let verdicts = VERSIONS.map(|version| {
            PLATFORM.set_date(None);
            let identity =
                Identity::new(&world.engine, include_bytes!("sha1/server-sha256.pem"), OLD_KEY).unwrap();
            PLATFORM.set_date(Some(TODAY));
            let server = ServerConfig::builder(&world.engine).identity(identity).unwrap();
            let server = server.min_version(version).max_version(version).build().unwrap();
            let client = Session::client(&client, ServerName::Dns(HOST), None).unwrap();
            let result = Pair::new(client, Session::server(&server).unwrap(), Cuts::Never).handshake();
            result.err().map(|failed| failed.client.expect("the client refuses").kind)
        });
        assert_eq!(verdicts, [None; 2]);
    }
    // What it signs with SHA-1 is nothing.
    let refused = Identity::new(&world.engine, include_bytes!("sha1/server-sha1.pem"), OLD_KEY);
    assert!(matches!(refused, Err(ConfigError::UnreadableCertificate { .. })));
}

#[test]
fn a_bundle_needs_one_authority_that_can_be_read() {
    let _turn = turn();
    let world = World::new();
    let broken = String::from_utf8(world.authority.pem()).unwrap().replace("MII", "AAA").into_bytes();
    let trusts = |bundle: &[u8]| ClientConfig::builder(&world.engine).trust(bundle).is_ok();
    assert!(trusts(&[&broken, &world.authority.pem()[..]].concat()));
    assert!(trusts(&[&world.authority.pem()[..], &broken, b"and text"].concat()));
    assert!(
        !trusts(&broken) && !trusts(b"-----BEGIN CERTIFICATE-----\n") && !trusts(b"") && !trusts(b"\x30\x00")
    );
}

#[test]
fn authorities_that_are_named_one_after_the_other_are_all_trusted() {
    let _turn = turn();
    let world = World::new();
    let (second, third) = (Authority::new("Second"), Authority::new("Third"));
    let client = ClientConfig::builder(&world.engine).trust(&world.authority.pem());
    let client = client.and_then(|client| client.trust(&second.der())).unwrap();
    let refused = ClientConfig::builder(&world.engine).trust(&second.pem()).unwrap().trust(b"nothing");
    assert!(matches!(refused.err(), Some(ConfigError::UnreadableCertificate { .. })));
    let client = client.build().unwrap();
    for (authority, expected) in
        [(&world.authority, [None; 2]), (&second, [None; 2]), (&third, fault(CertificateFault::Untrusted))]
    {
        assert_eq!(verdicts(&world, &authority.issue(&[HOST]), &client, ServerName::Dns(HOST)), expected);
    }
}

/// Who checks certificates with something else takes these for those of a device, and lets it be trusted for its own name; Mbed TLS takes them for
/// those of an authority (CVE-2026-49300).
#[test]
fn an_authority_is_one_that_says_so() {
    const BASIC_CONSTRAINTS: [u64; 4] = [2, 5, 29, 19];
    let _turn = turn();
    let world = World::new();
    for (said, expected) in [
        (&[0x30, 3, 1, 1, 0xff][..], [None; 2]),
        (&[0x30, 6, 1, 1, 0xff, 2, 1, 0], [None; 2]),
        (&[0x30, 3, 2, 1, 1], fault(CertificateFault::Untrusted)),
        (&[0x30, 0, 1, 1, 0xff], fault(CertificateFault::Untrusted)),
        (&[0x30, 0], fault(CertificateFault::Untrusted)),
    ] {
        let authority = Authority::new_with("Somebody", |params| {
            params.is_ca = IsCa::NoCa;
            let extension = CustomExtension::from_oid_content(&BASIC_CONSTRAINTS, said.to_vec());
            params.custom_extensions.push(extension);
        });
        let client = ClientConfig::builder(&world.engine).trust(&authority.pem()).unwrap().build().unwrap();
        let found = verdicts(&world, &authority.issue(&[HOST]), &client, ServerName::Dns(HOST));
        assert_eq!(found, expected, "{said:?}");
    }
}

#[test]
fn an_address_must_be_named_as_one() {
    let _turn = turn();
    let world = World::new();
    let client = world.client();
    let device = ServerName::Ip(IpAddr::V4(Ipv4Addr::new(10, 0, 2, 15)));
    let v6 = ServerName::Ip("fe80::15".parse().unwrap());
    for (names, server, expected) in [
        (&["10.0.2.15"][..], device, [None; 2]),
        (&["fe80::15"], v6, [None; 2]),
        (&["10.0.2.16"], device, fault(CertificateFault::WrongName)),
        (&[HOST], device, fault(CertificateFault::WrongName)),
        (&["10.0.2.15"], v6, fault(CertificateFault::WrongName)),
    ] {
        assert_eq!(verdicts(&world, &world.authority.issue(names), &client, server), expected, "{names:?}");
    }
}

#[test]
fn what_is_forgiven_is_forgiven_by_name_and_alone() {
    let _turn = turn();
    let world = World::new();
    let host = ServerName::Dns(HOST);
    let foreign = Authority::new("Somebody");
    let elsewhere = foreign.issue(&["other.example"]);
    let untrusted = ClientConfig::builder(&world.engine).danger_accept_untrusted().build().unwrap();
    assert_eq!(verdicts(&world, &foreign.issue(&[HOST]), &untrusted, host), [None; 2]);
    assert_eq!(verdicts(&world, &elsewhere, &untrusted, host), fault(CertificateFault::WrongName));
    let old = foreign.issue_with(&[HOST], |params| params.not_after = date_time_ymd(2026, 2, 1));
    assert_eq!(verdicts(&world, &old, &untrusted, host), fault(CertificateFault::Expired));
    let trusting = || ClientConfig::builder(&world.engine).trust(&world.authority.pem()).unwrap();
    let any_name = trusting().danger_accept_any_name().build().unwrap();
    assert_eq!(verdicts(&world, &world.authority.issue(&["other.example"]), &any_name, host), [None; 2]);
    assert_eq!(verdicts(&world, &elsewhere, &any_name, host), fault(CertificateFault::Untrusted));
    let undated = trusting().dates(Dates::Ignored).build().unwrap();
    let expired = world.authority.issue_with(&[HOST], |params| params.not_after = date_time_ymd(2026, 2, 1));
    assert_eq!(verdicts(&world, &expired, &undated, host), [None; 2]);
}

#[test]
fn without_a_clock_the_choice_is_explicit() {
    let _turn = turn();
    let world = World::new();
    let host = ServerName::Dns(HOST);
    let strict = world.client();
    let lenient = ClientConfig::builder(&world.engine).trust(&world.authority.pem()).unwrap();
    let lenient = lenient.dates(Dates::IgnoredWithoutClock).build().unwrap();
    let expired = world.authority.issue_with(&[HOST], |params| params.not_after = date_time_ymd(2026, 2, 1));
    assert_eq!(verdicts(&world, &expired, &lenient, host), fault(CertificateFault::Expired));
    PLATFORM.set_date(None);
    assert_eq!(verdicts(&world, &world.issued, &strict, host), fault(CertificateFault::NoClock));
    assert_eq!(verdicts(&world, &expired, &lenient, host), [None; 2]);
    PLATFORM.set_date(Some(TODAY));
}

#[test]
fn client_certificates_by_policy() {
    let _turn = turn();
    let world = World::new();
    let good = world.authority.issue_client("sensor");
    let bad = Authority::new("Somebody").issue_client("sensor");
    let missing = Some(ErrorKind::Certificate(CertificateFault::Missing));
    let untrusted = Some(ErrorKind::Certificate(CertificateFault::Untrusted));
    for (policy, shown, expected) in [
        (ClientCertificates::Optional, None, None),
        (ClientCertificates::Optional, Some(&good), None),
        (ClientCertificates::Optional, Some(&bad), untrusted),
        (ClientCertificates::Required, None, missing),
        (ClientCertificates::Required, Some(&good), None),
        (ClientCertificates::Required, Some(&bad), untrusted),
    ] {
        for version in VERSIONS {
            let server = ServerConfig::builder(&world.engine).identity(world.identity()).unwrap();
            let server = server.client_certificates(policy, &world.authority.pem()).unwrap();
            let server = server.min_version(version).max_version(version).build().unwrap();
            let mut client = ClientConfig::builder(&world.engine).trust(&world.authority.pem()).unwrap();
            if let Some(shown) = shown {
                client =
                    client.identity(Identity::new(&world.engine, &shown.pem(), &shown.key_pem()).unwrap());
            }
            let mut pair = world.pair(&server, &client.build().unwrap(), Cuts::Never);
            let found = pair.handshake().err().and_then(|failed| failed.server.map(|error| error.kind));
            assert_eq!(found, expected, "{policy:?} {version:?} shown: {}", shown.is_some());
            if expected.is_none() {
                assert_eq!(
                    pair.server.peer_certificate().map(|shown| shown.der()),
                    shown.map(Issued::der).as_deref()
                );
                pair.ask_server(b"hello").unwrap();
                assert!(pair.server.park());
                pair.tell_client(b"hello").unwrap();
            }
        }
    }
}

#[test]
fn the_name_chooses_the_certificate() {
    let _turn = turn();
    let world = World::new();
    let other = world.authority.issue(&["other.example", "*.wild.example"]);
    let identity = |issued: &Issued| Identity::new(&world.engine, &issued.pem(), &issued.key_pem()).unwrap();
    for version in VERSIONS {
        let server = ServerConfig::builder(&world.engine).identity(identity(&world.issued)).unwrap();
        let server = server.identity(identity(&other)).unwrap();
        let server = server.min_version(version).max_version(version).build().unwrap();
        let client = ClientConfig::builder(&world.engine).trust(&world.authority.pem()).unwrap();
        let client = client.danger_accept_any_name().build().unwrap();
        let first = &world.issued;
        for (name, expected) in [
            (ServerName::Dns(HOST), first),
            (ServerName::Dns("other.example"), &other),
            (ServerName::Dns("a.wild.example"), &other),
            (ServerName::Dns("unknown.example"), first),
            (ServerName::Ip(IpAddr::V4(Ipv4Addr::LOCALHOST)), first),
        ] {
            let client = Session::client(&client, name, None).unwrap();
            let mut pair = Pair::new(client, Session::server(&server).unwrap(), Cuts::Never);
            pair.handshake().unwrap();
            assert_eq!(
                pair.client.peer_certificate().map(|shown| shown.der()),
                Some(&expected.der()[..]),
                "{name:?}"
            );
        }
    }
}

#[test]
fn what_a_certificate_says_can_be_asked() {
    let _turn = turn();
    let world = World::new();
    for version in VERSIONS {
        let pair = world.established(version, Cuts::Never);
        let shown = pair.client.peer_certificate().expect("a certificate");
        assert!(shown.is_verified());
        assert_eq!(shown.der(), world.issued.der());
        assert_eq!(shown.issuer_name(), Some(&b"Test CA"[..]));
        assert!(shown.not_before().is_some_and(|time| time < TODAY));
        assert!(shown.not_after().is_some_and(|time| time > TODAY));
        let key = shown.public_key();
        assert_eq!(key.len(), 91, "SubjectPublicKeyInfo of P-256");
        assert!(shown.der().windows(key.len()).any(|part| part == key));
        assert!(pair.server.peer_certificate().is_none());
    }
}

/// A name that says that it is a whole one (RFC 1034 section 3.1) is sent, and looked for, without that (RFC 6066 section 3).
#[test]
fn a_dot_at_the_end_of_a_name_is_no_part_of_it() {
    let _turn = turn();
    let world = World::new();
    let other = world.authority.issue(&["other.example"]);
    let other = Identity::new(&world.engine, &other.pem(), &other.key_pem()).unwrap();
    for version in VERSIONS {
        let server = world.server(version);
        server.add_identity(other.clone()).unwrap();
        for name in ["device.example.", "other.example."] {
            let client = Session::client(&world.client(), ServerName::Dns(name), None).unwrap();
            let mut pair = Pair::new(client, Session::server(&server).unwrap(), Cuts::Never);
            pair.handshake().unwrap();
        }
    }
}
