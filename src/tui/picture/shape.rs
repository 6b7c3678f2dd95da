//! Lines and blocks of a picture, drawn instead of written: letters of a font leave gaps.

/// An SVG element for a cell's symbol, if it is a line or a block. Place and size in pixels.
pub(super) fn element(
    symbol: &str,
    (left, top): (f64, f64),
    (width, height): (f64, f64),
    colour: &str,
) -> Option<String> {
    if let Some(share) = share(symbol) {
        let width = width * share;
        return Some(format!(
            r#"<rect x="{left:.1}" y="{top:.1}" width="{width:.1}" height="{height:.1}" fill="{colour}" shape-rendering="crispEdges"/>"#
        ));
    }
    let (right, bottom) = (left + width, top + height);
    let (x, y) = (left + width / 2.0, top + height / 2.0);
    let path = match symbol {
        "─" => format!("M{left:.1} {y:.1}H{right:.1}"),
        "│" => format!("M{x:.1} {top:.1}V{bottom:.1}"),
        "╭" => format!("M{x:.1} {bottom:.1}Q{x:.1} {y:.1} {right:.1} {y:.1}"),
        "╮" => format!("M{x:.1} {bottom:.1}Q{x:.1} {y:.1} {left:.1} {y:.1}"),
        "╰" => format!("M{x:.1} {top:.1}Q{x:.1} {y:.1} {right:.1} {y:.1}"),
        "╯" => format!("M{x:.1} {top:.1}Q{x:.1} {y:.1} {left:.1} {y:.1}"),
        _ => return None,
    };
    Some(format!(
        r#"<path d="{path}" fill="none" stroke="{colour}"/>"#
    ))
}

/// How much of a cell's width a block fills.
fn share(symbol: &str) -> Option<f64> {
    Some(match symbol {
        "█" => 1.0,
        "▉" => 0.875,
        "▊" => 0.75,
        "▋" => 0.625,
        "▌" => 0.5,
        "▍" => 0.375,
        "▎" => 0.25,
        "▏" => 0.125,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_go_from_edge_to_edge_and_letters_are_left_to_the_font() {
        let element = |symbol| element(symbol, (10.0, 20.0), (8.0, 18.0), "#fff");
        assert!(element("│").unwrap().contains("M14.0 20.0V38.0"));
        assert!(element("▌").unwrap().contains(r#"width="4.0""#));
        assert_eq!(element("a"), None);
    }
}
