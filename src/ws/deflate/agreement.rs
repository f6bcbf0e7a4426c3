//! The negotiation (RFC 7692 section 7.1).

use core::mem::replace;

use crate::http::{Fields, elements, trim};
use crate::ws::Inline;

const EXTENSION: &[u8] = b"permessage-deflate";

/// The window of an end that promised nothing else, in bits: 32 KB.
const LARGEST_WINDOW: u8 = 15;

/// What both ends agreed on: each message is compressed by itself, and ours refer so far back.
///
/// ```
/// use wm_websockets::ws::deflate::Agreement;
///
/// let offer = b"permessage-deflate; server_max_window_bits=10; client_max_window_bits";
/// let agreed = Agreement::from_offer(offer).expect("acceptable");
/// assert_eq!(agreed.window_bits(), 10);
/// assert_eq!(
///     agreed.answer()[..],
///     *b"permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=10"
/// );
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// As the other end wants it; `None`: it did not say.
    window_bits: Option<u8>,
}

/// A server's answer, as `Sec-WebSocket-Extensions` has it.
pub type Answer = Inline<101>;

/// The parameters that an offer or an answer may have (section 7.1).
const PARAMETERS: [&[u8]; 4] = [
    b"server_no_context_takeover",
    b"client_no_context_takeover",
    b"server_max_window_bits",
    b"client_max_window_bits",
];

const SERVER_NO_CONTEXT_TAKEOVER: usize = 0;
const SERVER_MAX_WINDOW_BITS: usize = 2;
const CLIENT_MAX_WINDOW_BITS: usize = 3;

/// Those that one has, in the order of [`PARAMETERS`].
type Parameters = [Parameter; 4];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Parameter {
    Absent,
    WithoutValue,
    Bits(u8),
}

impl Agreement {
    /// What a client offers: that neither end keeps a window, and that the server may name the size of ours.
    pub const OFFER: &str =
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits";

    /// A server's choice among the offers of a request, in the client's order of preference; `None`: there is none to agree on.
    #[must_use]
    #[inline(never)]
    pub fn choose(fields: Fields<'_>) -> Option<Self> {
        let mut lines = fields.get_all("Sec-WebSocket-Extensions");
        lines.find_map(|line| elements(line).find_map(Self::from_offer))
    }

    /// A server's view of one offer; `None`: it is not of this extension, or cannot be accepted (section 7.1).
    #[must_use]
    pub fn from_offer(offer: &[u8]) -> Option<Self> {
        let parameters = parse(offer)?;
        Self::with_window(parameters[SERVER_MAX_WINDOW_BITS])
    }

    /// A client's view of the server's answer to [`OFFER`](Self::OFFER); `None`: it does not answer that.
    #[must_use]
    pub fn from_answer(answer: &[u8]) -> Option<Self> {
        let parameters = parse(answer)?;
        if parameters[SERVER_NO_CONTEXT_TAKEOVER] == Parameter::Absent
            || parameters[SERVER_MAX_WINDOW_BITS] == Parameter::WithoutValue
        {
            return None;
        }
        Self::with_window(parameters[CLIENT_MAX_WINDOW_BITS])
    }

    /// What the other end says of our window must have a value, if it says anything.
    fn with_window(parameter: Parameter) -> Option<Self> {
        match parameter {
            Parameter::Absent => Some(Agreement { window_bits: None }),
            Parameter::WithoutValue => None,
            Parameter::Bits(bits) => Some(Agreement { window_bits: Some(bits) }),
        }
    }

    /// What a server answers.
    #[must_use]
    pub fn answer(self) -> Answer {
        let mut answer = Answer::new();
        answer.append(b"permessage-deflate; server_no_context_takeover; client_no_context_takeover");
        if let Some(bits) = self.window_bits {
            answer.append(b"; server_max_window_bits=");
            let (tens, ones) = if bits < 10 { (&b""[..], bits) } else { (&b"1"[..], bits.wrapping_sub(10)) };
            answer.append(tens);
            answer.append(&[b'0' | ones]);
        }
        answer
    }

    /// How far back the messages that we send may refer, as a power of two: 8 to 15.
    #[must_use]
    pub fn window_bits(self) -> u8 {
        self.window_bits.unwrap_or(LARGEST_WINDOW)
    }
}

/// `None`: another extension, a parameter that is unknown, there twice, or has not the value that it should have.
fn parse(element: &[u8]) -> Option<Parameters> {
    // A semicolon in quotation marks is in no value that can be accepted.
    let mut parts = element.split(|octet| *octet == b';').map(trim);
    if !parts.next()?.eq_ignore_ascii_case(EXTENSION) {
        return None;
    }
    let mut parameters = [Parameter::Absent; 4];
    for part in parts {
        let mut name_and_value = part.splitn(2, |octet| *octet == b'=');
        let name = name_and_value.next()?;
        let index = PARAMETERS.iter().position(|known| *known == name)?;
        let value = match name_and_value.next() {
            None => Parameter::WithoutValue,
            Some(value) if index >= SERVER_MAX_WINDOW_BITS => Parameter::Bits(window_bits(value)?),
            Some(_) => return None,
        };
        let slot = parameters.get_mut(index)?;
        if replace(slot, value) != Parameter::Absent {
            return None;
        }
    }
    Some(parameters)
}

/// `None`: not 8 to 15, or with a leading zero (section 7.1.2).
fn window_bits(value: &[u8]) -> Option<u8> {
    let quoted = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\""));
    match quoted.unwrap_or(value) {
        [digit @ b'8'..=b'9'] => Some(digit & 15),
        [b'1', digit @ b'0'..=b'5'] => Some((digit & 15).wrapping_add(10)),
        _ => None,
    }
}
