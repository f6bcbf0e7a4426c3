//! Our TLS sessions beside Mbed TLS driven directly, over memory.
//!
//! `wm-tls compare ROUNDS` measures in turn and prints a line for each kind of work: version, work, unit, our rate, the other, ratio,
//! with tabs in between. Rates are medians, and the ratio is the median of the rounds' ratios. `wm-tls ours|direct VERSION WORK` does
//! one sample and prints how many handshakes, records or messages it is, for callgrind with `--toggle-collect=server_at_work`.

mod direct;
mod servers;
mod wires;
mod work;

use std::error::Error;

use direct::{CHOICES, Choice, Configuration};
use servers::{Direct, Ours, Server};
use wm_websockets::tls::Engine;
use work::{ALL, Work};

fn main() -> Result<(), Box<dyn Error>> {
    wm_sys::host::install();
    // Before all else: it gives Mbed TLS its heap, its clock and the hook for P-256, for both sides.
    let engine = Engine::new()?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["compare", rounds] => compare(&engine, rounds.parse()?),
        ["ours", version, work] => {
            let (choice, work) = (choice(version)?, kind(work)?);
            once(work, &Ours::new(&engine, choice), choice);
        }
        ["direct", version, work] => {
            let (choice, work) = (choice(version)?, kind(work)?);
            once(work, &Direct::new(choice), choice);
        }
        _ => return Err("usage: wm-tls compare ROUNDS | ours|direct VERSION WORK".into()),
    }
    Ok(())
}

fn compare(engine: &Engine, rounds: usize) {
    for choice in &CHOICES {
        let (ours, direct) = (Ours::new(engine, choice), Direct::new(choice));
        let client = Configuration::client(choice);
        for work in ALL {
            let round = |number: usize| {
                // Who begins changes, so that neither always finds what the other left in the caches.
                let mut rates = (0.0, 0.0);
                for side in [number % 2, (number + 1) % 2] {
                    match side {
                        0 => rates.0 = work.rate(&ours, &client),
                        _ => rates.1 = work.rate(&direct, &client),
                    }
                }
                rates
            };
            round(0);
            let rates: Vec<(f64, f64)> = (0..rounds).map(round).collect();
            let of = |figure: fn(&(f64, f64)) -> f64| median(rates.iter().map(figure).collect());
            let (ours, direct, ratio) = (of(|rates| rates.0), of(|rates| rates.1), of(|(a, b)| a / b));
            println!("{}\t{}\t{}\t{ours:.2}\t{direct:.2}\t{ratio:.4}", choice.name, work.name(), work.unit());
        }
    }
}

fn once<S: Server>(work: Work, server: &S, choice: &'static Choice) {
    work.rate(server, &Configuration::client(choice));
    println!("count\t{}", work.count());
}

fn choice(version: &str) -> Result<&'static Choice, String> {
    let found = CHOICES.iter().find(|choice| choice.name == version);
    found.ok_or_else(|| format!("neither TLS 1.2 nor TLS 1.3: {version}"))
}

fn kind(work: &str) -> Result<Work, String> {
    let found = ALL.into_iter().find(|known| known.name() == work);
    found.ok_or_else(|| format!("no kind of work: {work}"))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
