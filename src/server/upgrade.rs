//! From HTTP to WebSocket (RFC 6455 section 4.2).

use super::counters::Counters;
use super::protocol::{Closed, Refused};
use super::visit::{Next, Visit};
use super::websocket::WebSocket;
use crate::http::{Framing, Match, Method, Request, ResponseError, ResponseHead, Status};
use crate::ws::handshake;
use crate::ws::{CloseCode, Connection, Role};

/// Answers a request for a WebSocket. `None`: no protocol lives at this path, and the request is one like any other
/// (RFC 9110 section 7.8 lets a server ignore Upgrade).
pub(super) fn upgrade(visit: &mut Visit<'_>, request: &Request<'_>) -> Option<Next> {
    let found = visit.routes.upgrades().find(Method::Get, request.path());
    let Match::Found { value: &index, parameters } = found else { return None };
    let (pattern, request) = (visit.routes.pattern(index), request.with_parameters(parameters));
    let result = accept(visit, &request, index, pattern);
    Some(result.unwrap_or_else(|refusal| {
        Counters::count(&mut visit.shared.counters.websockets_refused);
        visit.answer_and_close(Some(&request), refusal.status, refusal.fields)
    }))
}

struct Refusal {
    status: Status,
    fields: &'static [(&'static str, &'static str)],
}

impl From<Status> for Refusal {
    fn from(status: Status) -> Self {
        let fields = if status == Status::UNAUTHORIZED { CHALLENGE } else { &[] };
        Refusal { status, fields }
    }
}

/// What goes with a 401, always (RFC 9110 section 15.5.2).
const CHALLENGE: &[(&str, &str)] = &[("WWW-Authenticate", "Basic realm=\"WebSocket\", charset=\"UTF-8\"")];

fn accept(
    visit: &mut Visit<'_>,
    request: &Request<'_>,
    index: u16,
    pattern: &'static str,
) -> Result<Next, Refusal> {
    let upgrade = handshake::Upgrade::from_request(request)
        .map_err(|refusal| Refusal { status: refusal.status(), fields: refusal.fields() })?;
    if !matches!(request.framing(), Framing::None | Framing::Length(0)) {
        return Err(Status::BAD_REQUEST.into());
    }
    let protocol = visit.routes.protocol(index).ok_or(Status::INTERNAL_SERVER_ERROR)?;
    let subprotocol = upgrade.choose(protocol.subprotocols());
    if subprotocol.is_none() && protocol.requires_subprotocol() {
        return Err(Status::BAD_REQUEST.into());
    }
    let mut session = protocol.open(visit.id, request).map_err(|refused| match refused {
        Refused::Status(status) => Refusal::from(status),
        Refused::NoMemory => Refusal::from(Status::SERVICE_UNAVAILABLE),
    })?;
    let delivery = protocol.delivery();
    #[cfg(feature = "deflate")]
    let compression = if protocol.compresses() { upgrade.compression() } else { None };
    let head = response_head(visit.head_buffer.blank(), upgrade.accept(), subprotocol, |head| {
        #[cfg(feature = "deflate")]
        if let Some(agreement) = compression {
            head.field("Sec-WebSocket-Extensions", agreement.answer())?;
        }
        protocol.accepting(&mut *session, head)
    });
    let sent = match head {
        Ok(head) => visit.transport.send(visit.shared, &[head]).map_err(|_| Ok(Next::Abort)),
        Err(_) => Err(Err(Status::INTERNAL_SERVER_ERROR.into())),
    };
    if let Err(result) = sent {
        protocol.closed(session, Closed { id: visit.id, code: CloseCode::ABNORMAL, clean: false });
        return result;
    }
    Counters::count(&mut visit.shared.counters.websockets_opened);
    let frames = Connection::new(Role::Server, visit.shared.now);
    #[cfg(feature = "deflate")]
    let frames = match compression {
        Some(agreement) => frames.with_compression(agreement),
        None => frames,
    };
    visit.upgraded = Some(WebSocket::new(frames, pattern, index, delivery, session));
    Ok(Next::Upgrade)
}

fn response_head<'b>(
    buffer: &'b mut [u8],
    accept: [u8; 28],
    subprotocol: Option<&str>,
    further: impl FnOnce(&mut ResponseHead<'b>) -> Result<(), ResponseError>,
) -> Result<&'b [u8], ResponseError> {
    let mut head = ResponseHead::new(buffer, Status::SWITCHING_PROTOCOLS)?;
    head.field("Upgrade", "websocket")?;
    head.field("Connection", "Upgrade")?;
    head.field("Sec-WebSocket-Accept", accept)?;
    if let Some(subprotocol) = subprotocol {
        head.field("Sec-WebSocket-Protocol", subprotocol)?;
    }
    further(&mut head)?;
    Ok(head.finish())
}
