//! What holds for any stream.

use proptest::{collection::vec, prelude::*};

use super::super::utf8::Validator;
use super::*;

/// Cuts `stream` at the given places and listens.
fn hear_cut(stream: &[u8], cuts: &[usize]) -> (Vec<Heard>, Option<Violation>) {
    hear_whole(stream, cuts, None)
}

/// The same, messages up to `whole` bytes taken whole where they lie so.
fn hear_whole(stream: &[u8], cuts: &[usize], whole: Option<usize>) -> (Vec<Heard>, Option<Violation>) {
    let (mut server, mut listener) = (server(), Listener { whole, ..Listener::default() });
    let mut cuts: Vec<_> = cuts.iter().map(|cut| cut % (stream.len() + 1)).collect();
    cuts.extend([0, stream.len()]);
    cuts.sort_unstable();
    let violation =
        cuts.windows(2).try_for_each(|pair| listener.feed(&mut server, &stream[pair[0]..pair[1]])).err();
    (listener.heard, violation)
}

/// A message in frames.
fn frames_of(kind: Kind, fragments: &[Vec<u8>]) -> Vec<u8> {
    let mut stream = Vec::new();
    for (index, fragment) in fragments.iter().enumerate() {
        let opcode = if index == 0 { kind.opcode() } else { Opcode::Continuation };
        let fin = if index + 1 == fragments.len() { 0x80 } else { 0 };
        stream.extend(client_frame(fin | opcode.bits(), fragment));
    }
    stream
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn messages_arrive_whatever_the_frames_and_cuts(
        messages in vec(vec(vec(any::<u8>(), 0..300), 1..4), 1..4),
        cuts in vec(any::<usize>(), 0..20),
    ) {
        let stream: Vec<u8> = messages.iter().flat_map(|message| frames_of(Kind::Binary, message)).collect();
        let expected: Vec<_> = messages.iter().map(|message| binary(&message.concat())).collect();
        prop_assert_eq!(hear_cut(&stream, &cuts), (expected, None));
    }

    #[test]
    fn a_message_that_is_taken_whole_is_the_same(
        frames in vec((
            prop::sample::select(&[0x81_u8, 0x82, 0x01, 0x02, 0x80, 0x00, 0x88, 0x89, 0x8a, 0xc1, 0x83][..]),
            prop_oneof![
                4 => any::<String>().prop_map(String::into_bytes),
                1 => vec(any::<u8>(), 0..300),
            ],
        ), 1..8),
        cuts in vec(any::<usize>(), 0..6),
        limit in 0..400_usize,
    ) {
        let stream: Vec<u8> = frames.iter().flat_map(|(first, payload)| client_frame(*first, payload)).collect();
        let (expected, wrong) = hear_cut(&stream, &cuts);
        let (heard, same) = hear_whole(&stream, &cuts, Some(limit));
        prop_assert_eq!((heard, same), (expected, wrong));
    }

    #[test]
    fn noise_is_judged_the_same_however_it_is_cut(
        noise in vec(prop_oneof![
            5 => prop::sample::select(&[0x81_u8, 0x80, 0x01, 0x88, 0x89][..]),
            1 => any::<u8>(),
        ], 0..200),
        cuts in vec(any::<usize>(), 0..20),
    ) {
        prop_assert_eq!(hear_cut(&noise, &cuts), hear_cut(&noise, &[]));
    }

    #[test]
    fn text_is_judged_as_by_the_standard_library(
        noise in vec(prop_oneof![
            3 => any::<char>().prop_map(|character| String::from(character).into_bytes()),
            1 => vec(any::<u8>(), 1..3),
        ], 0..40),
        cuts in vec(any::<usize>(), 0..20),
    ) {
        let noise = noise.concat();
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut % (noise.len() + 1)).collect();
        cuts.extend([0, noise.len()]);
        cuts.sort_unstable();
        let mut validator = Validator::new();
        let judged = cuts
            .windows(2)
            .try_for_each(|pair| validator.push(&noise[pair[0]..pair[1]]))
            .and_then(|()| validator.finish());
        prop_assert_eq!(judged.is_ok(), core::str::from_utf8(&noise).is_ok());
    }
}
