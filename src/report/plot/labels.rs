//! Where names go beside marks, so that none covers a mark or another name. Pure geometry.

/// A rectangle, its left upper corner first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Area {
    /// Left edge.
    pub(super) x: f64,
    /// Upper edge.
    pub(super) y: f64,
    /// Width.
    pub(super) width: f64,
    /// Height.
    pub(super) height: f64,
}

impl Area {
    fn covers(&self, other: &Self) -> bool {
        self.x < other.x + other.width
            && other.x < self.x + self.width
            && self.y < other.y + other.height
            && other.y < self.y + self.height
    }

    fn holds(&self, other: &Self) -> bool {
        other.x >= self.x
            && other.y >= self.y
            && other.x + other.width <= self.x + self.width
            && other.y + other.height <= self.y + self.height
    }
}

/// Half a mark's size, with some air.
const MARK: f64 = 6.0;
/// Distances at which a place is looked for. Names that are farther away get a line to their mark.
const DISTANCES: [f64; 5] = [8.0, 14.0, 22.0, 32.0, 44.0];
/// From this distance on.
pub(super) const LINED: f64 = 20.0;
/// Directions, the best first: right, left, above, below, and between them.
const DIRECTIONS: [(f64, f64); 8] = [
    (1.0, 0.0),
    (-1.0, 0.0),
    (0.0, -1.0),
    (0.0, 1.0),
    (0.8, -0.8),
    (0.8, 0.8),
    (-0.8, -0.8),
    (-0.8, 0.8),
];

/// A mark with the size of its name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Wanted {
    /// Where the mark is.
    pub(super) mark: (f64, f64),
    /// Width and height of the name.
    pub(super) size: (f64, f64),
}

/// Where a name goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Place {
    /// What it covers.
    pub(super) area: Area,
    /// How far it is from its mark.
    pub(super) distance: f64,
}

/// A place for each name, the first ones first; `None` where there is no room. Names keep off
/// `lines`.
#[must_use]
pub(super) fn place(within: Area, wanted: &[Wanted], lines: &[Area]) -> Vec<Option<Place>> {
    let mut taken: Vec<Area> = wanted
        .iter()
        .map(|one| Area {
            x: one.mark.0 - MARK,
            y: one.mark.1 - MARK,
            width: 2.0 * MARK,
            height: 2.0 * MARK,
        })
        .collect();
    taken.extend(lines);
    let mut places = Vec::new();
    for one in wanted {
        let found = candidates(one).find(|place| {
            within.holds(&place.area) && !taken.iter().any(|area| area.covers(&place.area))
        });
        taken.extend(found.map(|place| place.area));
        places.push(found);
    }
    places
}

fn candidates(one: &Wanted) -> impl Iterator<Item = Place> {
    let (x, y) = one.mark;
    let (width, height) = one.size;
    DISTANCES.into_iter().flat_map(move |distance| {
        DIRECTIONS.into_iter().map(move |(right, down)| {
            // The edge of the name that is nearest to the mark is so far away from it.
            let middle = (
                x + right * distance + right.signum() * width / 2.0 * f64::from(right != 0.0),
                y + down * (distance + height / 2.0),
            );
            Place {
                area: Area {
                    x: middle.0 - width / 2.0,
                    y: middle.1 - height / 2.0,
                    width,
                    height,
                },
                distance,
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WITHIN: Area = Area {
        x: 0.0,
        y: 0.0,
        width: 300.0,
        height: 200.0,
    };

    #[test]
    fn names_neither_cover_each_other_nor_leave_the_picture() {
        let marks = [
            (150.0, 100.0),
            (152.0, 104.0),
            (155.0, 98.0),
            (290.0, 100.0),
        ];
        let wanted = marks.map(|mark| Wanted {
            mark,
            size: (60.0, 12.0),
        });
        let places: Vec<Area> = place(WITHIN, &wanted, &[])
            .into_iter()
            .map(|place| place.unwrap().area)
            .collect();
        for (at, one) in places.iter().enumerate() {
            assert!(WITHIN.holds(one), "{one:?}");
            let others = places[at + 1..].iter();
            assert!(
                !others.into_iter().any(|other| other.covers(one)),
                "{places:?}"
            );
        }
    }

    #[test]
    fn names_keep_off_lines() {
        let wanted = [Wanted {
            mark: (50.0, 100.0),
            size: (60.0, 12.0),
        }];
        let line = Area {
            x: 50.0,
            y: 99.0,
            width: 250.0,
            height: 2.0,
        };
        let found = place(WITHIN, &wanted, &[line])[0].unwrap();
        assert!(!line.covers(&found.area), "{found:?}");
    }

    #[test]
    fn a_name_that_does_not_fit_has_no_place() {
        let wanted = [Wanted {
            mark: (10.0, 10.0),
            size: (400.0, 12.0),
        }];
        assert_eq!(place(WITHIN, &wanted, &[]), [None]);
    }
}
