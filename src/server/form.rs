//! HTML forms, field by field.

use super::handler::Handler;
use super::limits::Limits;
use super::response::Response;
use crate::http::{FormDecoder, FormError, FormPart, Request};

/// Takes a form: fields as they come, files of any length in pieces. [`FormBody`] makes a [`Handler`] of it.
///
/// Per request: [`begin`](Self::begin) once, [`part`](Self::part) for all that the form has, [`end`](Self::end) once it is complete.
/// Each of them may answer; what comes afterwards is read and dropped. What is no form, or a malformed one, is answered by the status of
/// its [`FormError`]; the `Form` is then dropped without `end`, as it is when the client vanishes.
///
/// ```
/// use wm_websockets::http::{FormPart, Request, Status};
/// use wm_websockets::server::{FormBody, FormHandler, Limits, Response, Routes};
///
/// /// Writes a firmware to flash, as it arrives.
/// struct Update;
///
/// impl FormHandler for Update {
///     /// How much was written; `None` outside of the file.
///     type Form = Option<usize>;
///
///     fn begin(&mut self, _request: &Request<'_>, _response: &mut Response<'_>) -> Option<Self::Form> {
///         Some(None)
///     }
///     fn part(&mut self, written: &mut Self::Form, part: FormPart<'_>, _response: &mut Response<'_>) {
///         match (part, written) {
///             (FormPart::Field(field), written) if field.name == "firmware" => *written = Some(0),
///             (FormPart::Data(bytes), Some(written)) => *written += bytes.len(), // flash.write(bytes)
///             _ => {}
///         }
///     }
///     fn end(&mut self, written: &mut Self::Form, response: &mut Response<'_>) {
///         match written {
///             Some(length) => response.text(&format!("{length} bytes\n")),
///             None => response.status(Status::BAD_REQUEST),
///         }
///     }
///     fn body_limit(&self, _limits: &Limits) -> u64 {
///         2 << 20
///     }
/// }
///
/// let routes = Routes::new().post("/update", FormBody(Update))?;
/// # Ok::<(), wm_websockets::http::RouteError>(())
/// ```
pub trait FormHandler: 'static {
    /// State of one form.
    type Form: 'static;

    /// The head of a request has arrived that brings a form. `None` when nothing more of it matters.
    fn begin(&mut self, request: &Request<'_>, response: &mut Response<'_>) -> Option<Self::Form>;

    /// What comes next in the form.
    fn part(&mut self, form: &mut Self::Form, part: FormPart<'_>, response: &mut Response<'_>);

    /// The form is complete: answer.
    fn end(&mut self, form: &mut Self::Form, response: &mut Response<'_>);

    /// There is room for more of a response that was started.
    fn writable(&mut self, form: &mut Self::Form, response: &mut Response<'_>) {
        let _ = (form, response);
    }

    /// The longest body that is taken; longer ones get 413. [`Limits::body`] unless files go past without being kept.
    fn body_limit(&self, limits: &Limits) -> u64 {
        limits.body
    }
}

/// Hands forms to a [`FormHandler`].
pub struct FormBody<H>(pub H);

/// A form that is being read.
pub struct Reading<F> {
    decoder: FormDecoder,
    form: F,
}

impl<H: FormHandler> Handler for FormBody<H> {
    type Exchange = Reading<H::Form>;

    fn begin(&mut self, request: &Request<'_>, response: &mut Response<'_>) -> Option<Self::Exchange> {
        match FormDecoder::of(request) {
            Ok(decoder) => Some(Reading { decoder, form: self.0.begin(request, response)? }),
            Err(error) => {
                response.status(error.status());
                None
            }
        }
    }

    fn body(&mut self, reading: &mut Self::Exchange, piece: &[u8], response: &mut Response<'_>) {
        if response.is_started() {
            return;
        }
        if let Err(error) = self.read(reading, piece, response) {
            refuse(error, response);
        }
    }

    fn end(&mut self, reading: &mut Self::Exchange, response: &mut Response<'_>) {
        while !response.is_started() {
            match reading.decoder.finish() {
                Ok(Some(part)) => self.0.part(&mut reading.form, part, response),
                Ok(None) => return self.0.end(&mut reading.form, response),
                Err(error) => return refuse(error, response),
            }
        }
    }

    fn writable(&mut self, reading: &mut Self::Exchange, response: &mut Response<'_>) {
        self.0.writable(&mut reading.form, response);
    }

    fn body_limit(&self, limits: &Limits) -> u64 {
        self.0.body_limit(limits)
    }
}

impl<H: FormHandler> FormBody<H> {
    /// Hands over what a piece of the body has, until the handler answers.
    fn read(
        &mut self,
        reading: &mut Reading<H::Form>,
        piece: &[u8],
        response: &mut Response<'_>,
    ) -> Result<(), FormError> {
        let mut rest = piece;
        while !rest.is_empty() && !response.is_started() {
            let step = reading.decoder.decode(rest)?;
            rest = rest.get(step.consumed..).unwrap_or_default();
            if let Some(part) = step.part {
                self.0.part(&mut reading.form, part, response);
            }
        }
        Ok(())
    }
}

fn refuse(error: FormError, response: &mut Response<'_>) {
    log_line!(Info, "{error}");
    if !response.is_started() {
        response.status(error.status());
    }
}
