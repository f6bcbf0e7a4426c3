//! Whole messages and their bounds.

use super::*;

fn fragment(kind: Kind, bytes: &mut [u8], first: bool, last: bool, remaining: u64) -> Fragment<'_> {
    Fragment { kind, bytes, first, last, remaining, compressed: false }
}

/// Whether a fragment completed a message, or why it could not be taken.
fn outcome(assembler: &mut Assembler, fragment: Fragment<'_>, limit: usize) -> Result<bool, Violation> {
    assembler.push(fragment, limit).map(|whole| whole.is_some())
}

#[test]
fn one_piece_is_not_copied() {
    let mut assembler = Assembler::new();
    let mut bytes = *b"whole";
    let lent = bytes.as_ptr();
    let whole = assembler.push(fragment(Kind::Text, &mut bytes, true, true, 0), 5).unwrap().unwrap();
    assert_eq!(whole.message(), Message::Text("whole"));
    assert_eq!(whole.message().as_bytes().as_ptr(), lent);
    assert_eq!(assembler.capacity(), 0);
}

#[test]
fn the_first_frame_is_allocated_once_and_exactly() {
    let mut assembler = Assembler::new();
    assert!(assembler.push(fragment(Kind::Binary, &mut [1; 10], true, false, 990), 4096).unwrap().is_none());
    let capacity = assembler.capacity();
    assert!((1000..1100).contains(&capacity));
    assert!(assembler.push(fragment(Kind::Binary, &mut [2; 980], false, false, 10), 4096).unwrap().is_none());
    assert_eq!(assembler.capacity(), capacity);
    let mut end = [3; 10];
    let whole = assembler.push(fragment(Kind::Binary, &mut end, false, true, 0), 4096).unwrap().unwrap();
    assert_eq!(whole.message().as_bytes().len(), 1000);
    assert_eq!(assembler.capacity(), 0);
}

#[test]
fn many_small_frames_grow_the_buffer_seldom_and_never_beyond_the_limit() {
    let mut assembler = Assembler::new();
    let mut growths = 0;
    for i in 0..1000 {
        let before = assembler.capacity();
        assert!(assembler.push(fragment(Kind::Binary, &mut [7], i == 0, false, 0), 1000).unwrap().is_none());
        growths += usize::from(assembler.capacity() != before);
    }
    assert!(growths <= 11, "{growths}");
    assert!(assembler.capacity() <= 1024);
    let whole = assembler.push(fragment(Kind::Binary, &mut [], false, true, 0), 1000).unwrap().unwrap();
    assert_eq!(whole.message(), Message::Binary(&[7; 1000]));
}

#[test]
fn too_big_as_soon_as_it_is_announced() {
    let mut assembler = Assembler::new();
    let too_big = Err(Violation::MessageTooBig);
    for announced in [1000, u64::MAX] {
        assert_eq!(
            outcome(&mut assembler, fragment(Kind::Binary, &mut [1], true, false, announced), 1000),
            too_big
        );
        assert_eq!(assembler.capacity(), 0);
    }
    assert_eq!(outcome(&mut assembler, fragment(Kind::Binary, &mut [1; 11], true, true, 0), 10), too_big);
}

#[test]
fn too_big_by_the_sum_of_its_frames() {
    let mut assembler = Assembler::new();
    assert!(assembler.push(fragment(Kind::Text, &mut [b'x'; 600], true, false, 0), 1000).unwrap().is_none());
    let sum = outcome(&mut assembler, fragment(Kind::Text, &mut [b'x'; 1], false, false, 400), 1000);
    assert_eq!(sum, Err(Violation::MessageTooBig));
    assert_eq!(assembler.capacity(), 0, "what was gathered is dropped");
}

#[test]
fn no_memory_is_an_error() {
    let mut assembler = Assembler::new();
    let mut byte = [1];
    let huge = fragment(Kind::Binary, &mut byte, true, false, usize::MAX as u64 - 1);
    assert_eq!(outcome(&mut assembler, huge, usize::MAX), Err(Violation::OutOfMemory));
}

#[test]
fn an_empty_message() {
    let mut assembler = Assembler::new();
    let whole = assembler.push(fragment(Kind::Text, &mut [], true, true, 0), 0).unwrap().unwrap();
    assert_eq!(whole.message(), Message::Text(""));
}

#[test]
fn a_new_message_forgets_an_unfinished_one() {
    let mut assembler = Assembler::new();
    assembler.push(fragment(Kind::Text, &mut [b'a'; 4], true, false, 0), 10).unwrap();
    let mut new = *b"new";
    let whole = assembler.push(fragment(Kind::Text, &mut new, true, true, 0), 10).unwrap();
    assert_eq!(whole.unwrap().message(), Message::Text("new"));
}

#[test]
fn a_fragmented_message_is_one_message() {
    let (mut server, mut assembler) = (server(), Assembler::new());
    let stream =
        [client_frame(0x01, b"one "), client_frame(0x89, b"?"), client_frame(0x80, b"message")].concat();
    let mut messages = Vec::new();
    for byte in stream {
        let mut input = [byte];
        if let Some(Event::Fragment(fragment)) = server.receive(START, &mut input).unwrap().event
            && let Some(whole) = assembler.push(fragment, 100).unwrap()
        {
            messages.push(whole.message().as_bytes().to_vec());
        }
    }
    assert_eq!(messages, [b"one message"]);
}
