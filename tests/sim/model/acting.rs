//! What the application answers and says when it is called.

use wm_websockets::http::{Request, Status};
use wm_websockets::server::{Closed, Handler, Protocol, Response, SendError, Socket};
use wm_websockets::ws::Message;

use super::application::Application;
use super::plan::{How, Plan, When};
use crate::heap;

/// Answers requests as planned.
pub struct Actor(pub Application);

/// One request, until the server drops it.
pub struct Acting {
    application: Application,
    plan: Plan,
    sent: usize,
}

impl Drop for Acting {
    fn drop(&mut self) {
        let number = self.plan.number;
        self.application.note(|seen| seen.requests.entry(number).or_default().dropped += 1);
    }
}

impl Handler for Actor {
    type Exchange = Acting;

    fn begin(&mut self, request: &Request<'_>, response: &mut Response<'_>) -> Option<Acting> {
        let number = request.parameter("number").and_then(|number| number.parse().ok()).expect("a number");
        let plan = heap::of_simulation(|| Plan::of(&self.0.means, number));
        self.0.note(|seen| seen.requests.entry(number).or_default().begun += 1);
        let application = heap::of_simulation(|| self.0.clone());
        let mut acting = Acting { application, plan, sent: 0 };
        if plan.when == When::Begin {
            acting.go_on(response);
            if plan.is_curt && response.is_finished() {
                return None;
            }
        }
        acting.pause(0, response);
        Some(acting)
    }

    fn body(&mut self, acting: &mut Acting, piece: &[u8], response: &mut Response<'_>) {
        let number = acting.plan.number;
        let received = self.0.note(|seen| {
            let request = seen.requests.entry(number).or_default();
            request.received.extend(piece);
            request.received.len()
        });
        acting.pause(received, response);
    }

    fn end(&mut self, acting: &mut Acting, response: &mut Response<'_>) {
        let number = acting.plan.number;
        let received = self.0.note(|seen| {
            let request = seen.requests.entry(number).or_default();
            request.ended += 1;
            std::mem::take(&mut request.received)
        });
        heap::of_simulation(|| {
            if received != acting.plan.sent() {
                self.0.fault(format!("request {number} has another body: {} bytes", received.len()));
            }
            drop(received);
        });
        match acting.plan.when {
            When::Begin | When::End => acting.go_on(response),
            When::Notified | When::Outside => {
                let id = response.defer();
                self.0.note(|seen| seen.promised.push((id, acting.plan)));
            }
        }
    }

    fn writable(&mut self, acting: &mut Acting, response: &mut Response<'_>) {
        acting.go_on(response);
    }
}

impl Acting {
    /// Stops the body where that is planned, once.
    fn pause(&mut self, received: usize, response: &mut Response<'_>) {
        if self.plan.pauses_at.is_some_and(|at| at <= received) {
            self.plan.pauses_at = None;
            response.set_receiving(false);
            let id = response.id();
            self.application.note(|seen| seen.stopped.push(id));
        }
    }

    /// Sends what there is room for.
    fn go_on(&mut self, response: &mut Response<'_>) {
        let plan = self.plan;
        if matches!(plan.how, How::Whole | How::Static | How::NoContent) {
            if !response.is_started() {
                answer_whole(&plan, response).ok();
            }
            return;
        }
        if !response.is_started() && start(&plan, response).is_err() {
            return;
        }
        let answer = plan.answer();
        while self.sent < answer.len() {
            let piece = &answer[self.sent..(self.sent + plan.piece).min(answer.len())];
            match response.write(piece) {
                Ok(()) => self.sent += piece.len(),
                Err(_) => return,
            }
        }
        if !response.is_finished() {
            response.finish().ok();
        }
    }
}

fn start(plan: &Plan, response: &mut Response<'_>) -> Result<(), SendError> {
    let mut digits = [0; 8];
    let number = decimal(plan.number, &mut digits);
    match plan.how {
        How::Chunked => response.start(Status::OK).field("X-Number", number).chunked(),
        How::Length => response.start(Status::OK).field("X-Number", number).length(plan.length as u64),
        _ => {
            let head = heap::of_simulation(|| {
                format!(
                    "HTTP/1.1 200 OK\r\nX-Number: {}\r\nContent-Length: {}\r\n\r\n",
                    plan.number, plan.length
                )
            });
            let sent = response.verbatim(head.as_bytes());
            heap::of_simulation(|| drop(head));
            sent
        }
    }
}

/// Answers in one go: whatever is planned in pieces is without a copy.
pub fn answer_whole(plan: &Plan, response: &mut Response<'_>) -> Result<(), SendError> {
    let mut digits = [0; 8];
    let number = decimal(plan.number, &mut digits);
    match plan.how {
        How::NoContent => response.start(Status::NO_CONTENT).field("X-Number", number).empty(),
        How::Whole => response.start(Status::OK).field("X-Number", number).body(plan.answer()),
        _ => response.start(Status::OK).field("X-Number", number).body_static(plan.answer()),
    }
}

fn decimal(number: u32, digits: &mut [u8; 8]) -> &[u8] {
    let mut rest = number;
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    digits
}

/// Echoes, and talks.
pub struct Talker(pub Application);

impl Protocol for Talker {
    type Session = u32;

    fn open(&mut self, request: &Request<'_>) -> Result<u32, Status> {
        let number = request.parameter("number").and_then(|number| number.parse().ok()).expect("a number");
        self.0.note(|seen| seen.sessions.entry(number).or_default().opened += 1);
        Ok(number)
    }
    fn opened(&mut self, number: &mut u32, socket: &mut Socket<'_>) {
        let id = socket.id();
        self.0.note(|seen| seen.sessions.entry(*number).or_default().id = Some(id));
    }
    fn message(&mut self, number: &mut u32, socket: &mut Socket<'_>, message: Message<'_>) {
        self.0.note(|seen| {
            let session = seen.sessions.entry(*number).or_default();
            session.heard.push(message.as_bytes().to_vec());
        });
        self.0.say(*number, socket, 1_000).ok();
    }
    fn writable(&mut self, number: &mut u32, socket: &mut Socket<'_>) {
        self.0.say(*number, socket, 100).ok();
    }
    fn timer(&mut self, number: &mut u32, socket: &mut Socket<'_>) {
        self.0.say(*number, socket, 100).ok();
    }
    fn closed(&mut self, number: u32, closed: Closed) {
        self.0.note(|seen| seen.sessions.entry(number).or_default().closed.push(closed));
    }
}
