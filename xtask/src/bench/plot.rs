//! docs/cost.svg: what a request costs with so many other connections.

use anyhow::{Result, anyhow};
use plotters::prelude::*;
use std::path::Path;

/// A line: whose work, in which colour, and instructions by the number of idle connections.
pub(super) struct Line {
    pub(super) name: &'static str,
    pub(super) colour: RGBColor,
    pub(super) points: Vec<(u32, u64)>,
}

const SIZE: (u32, u32) = (760, 420);
/// Instructions, on a logarithmic scale.
const COSTS: std::ops::Range<f64> = 3_000.0..400_000.0;

/// Draws the lines.
pub(super) fn draw(path: &Path, lines: &[Line]) -> Result<()> {
    let wrong = |error: DrawingAreaErrorKind<_>| anyhow!("cannot draw {}: {error}", path.display());
    let area = SVGBackend::new(path, SIZE).into_drawing_area();
    area.fill(&WHITE).map_err(wrong)?;
    let most = lines.iter().flat_map(|line| &line.points).map(|(idle, _)| *idle).max().unwrap_or(0);
    let mut chart = ChartBuilder::on(&area)
        .caption("Instructions per request, x86-64", ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(70)
        .build_cartesian_2d(0..most, COSTS.log_scale())
        .map_err(wrong)?;
    let grouped = |cost: &f64| crate::results::grouped(*cost as u64);
    chart
        .configure_mesh()
        .x_desc("idle connections")
        .y_label_formatter(&grouped)
        .light_line_style(WHITE)
        .draw()
        .map_err(wrong)?;
    for line in lines {
        let points = line.points.iter().map(|&(idle, cost)| (idle, cost as f64));
        let style = line.colour.stroke_width(2);
        let drawn = chart.draw_series(LineSeries::new(points, style).point_size(3)).map_err(wrong)?;
        drawn.label(line.name).legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
    }
    let legend = SeriesLabelPosition::UpperLeft;
    chart.configure_series_labels().position(legend).border_style(BLACK).draw().map_err(wrong)?;
    area.present().map_err(wrong)
}
