//! Pages and pictures as a browser shows them.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, ensure};

use crate::{
    Done,
    browser::{Browser, Scheme, Window, folder},
    sample,
};

/// A test's name and what it does.
type Look = (&'static str, fn(&Browser) -> Done);

/// All that need a browser.
pub(crate) const LOOKS: [Look; 4] = [
    ("a_page_fits_narrow_and_wide_windows", page_fits),
    ("a_page_is_seen_in_light_and_dark", page_is_seen),
    ("a_picture_is_seen_in_light_and_dark", picture_is_seen),
    ("text_of_others_stays_text_in_a_browser", hostile_stays_text),
];

/// A telephone and a desk.
const WIDTHS: [u32; 2] = [400, 1280];
const SCHEMES: [Scheme; 2] = [Scheme::Light, Scheme::Dark];
/// A blank page has one or two; smoothed letters bring dozens.
const COLOURS: usize = 60;

fn keep(name: &str, text: &str) -> anyhow::Result<PathBuf> {
    let path = folder()?.join(name);
    fs::write(&path, text)?;
    Ok(path)
}

/// A window may not be as narrow as a telephone, a frame may.
fn framed(name: &str, page: &str, width: u32, height: u32) -> anyhow::Result<PathBuf> {
    keep(name, page)?;
    let frame = format!(
        "<!doctype html><html><body style=\"margin:0\"><iframe src=\"{name}\" style=\"border:0;width:{width}px;height:{height}px;display:block\"></iframe>\
         <script>onmessage = told => document.body.dataset.told = told.data</script></body></html>"
    );
    keep(&format!("frame-{width}-{name}"), &frame)
}

/// Lets a script of ours in, which tells the frame around it.
fn asked(page: &str, expression: &str) -> anyhow::Result<String> {
    let policy = page
        .find("<meta http-equiv=")
        .context("the page has no policy")?;
    let end = page[policy..].find('>').context("the policy has no end")? + policy + 1;
    let open = page[end..].replace("<details>", "<details open>");
    let script = format!("<script>parent.postMessage(String({expression}), '*')</script></body>");
    Ok(format!(
        "{}{}",
        &page[..policy],
        open.replacen("</body>", &script, 1)
    ))
}

fn told(browser: &Browser, name: &str, page: &str, width: u32) -> anyhow::Result<String> {
    let framed = framed(name, page, width, 900)?;
    let window = Window {
        width: 1400,
        height: 900,
        scheme: Scheme::Light,
    };
    let elements = browser.elements(&framed, window)?;
    let (_, rest) = elements
        .split_once("data-told=\"")
        .with_context(|| format!("nothing was told: {elements}"))?;
    Ok(rest.split('"').next().unwrap_or_default().to_owned())
}

fn page_fits(browser: &Browser) -> Done {
    let widths = "document.documentElement.scrollWidth + ' ' + innerWidth";
    let pages = [
        ("sample", sample::sample()?),
        ("article", sample::article()?),
    ];
    for (name, sample) in pages {
        let page = asked(&sample.bench().html(), widths)?;
        for width in WIDTHS {
            let told = told(browser, &format!("open-{name}.html"), &page, width)?;
            let (content, window) = told.split_once(' ').context("two numbers")?;
            ensure!(
                window == width.to_string(),
                "the window is {window} wide, not {width}"
            );
            ensure!(
                content.parse::<u32>()? <= width,
                "{name}: {content} wide in a window of {width}"
            );
        }
    }
    Ok(())
}

fn seen(browser: &Browser, name: &str, text: &str, height: u32) -> Done {
    for width in WIDTHS {
        let page = framed(name, text, width, height)?;
        let mut brightness = Vec::new();
        for scheme in SCHEMES {
            let shot = folder()?.join(format!("{name}-{width}-{}.png", scheme.word()));
            let window = Window {
                width: width.max(500),
                height,
                scheme,
            };
            let seen = browser.picture(&page, window, &shot)?;
            ensure!(seen.width >= width, "{name}: {seen:?}");
            ensure!(seen.colours > COLOURS, "{name} is blank: {seen:?}");
            brightness.push(seen.brightness);
        }
        ensure!(
            brightness[0] > brightness[1] + 80,
            "{name} is as light in the dark: {brightness:?}"
        );
    }
    Ok(())
}

fn page_is_seen(browser: &Browser) -> Done {
    seen(
        browser,
        "sample.html",
        &sample::sample()?.bench().html(),
        6000,
    )?;
    seen(
        browser,
        "article.html",
        &sample::article()?.bench().html(),
        2600,
    )
}

fn picture_is_seen(browser: &Browser) -> Done {
    for (name, sample) in [
        ("sample", sample::sample()?),
        ("article", sample::article()?),
    ] {
        keep(&format!("{name}.svg"), &sample.bench().svg())?;
        // As a README shows it: an image, without scripts, no wider than the page.
        let page = format!(
            "<!doctype html><html><head><meta name=\"color-scheme\" content=\"light dark\"></head>\
             <body style=\"margin:8px\"><img src=\"{name}.svg\" style=\"max-width:100%\"></body></html>"
        );
        seen(browser, &format!("readme-{name}.html"), &page, 1300)?;
    }
    Ok(())
}

fn hostile_stays_text(browser: &Browser) -> Done {
    let hostile = sample::hostile()?;
    let page = asked(
        &hostile.bench().html(),
        "[document.scripts.length, document.images.length, document.title.startsWith('Builds of'), document.documentElement.scrollWidth <= innerWidth].join(' ')",
    )?;
    let told = told(browser, "hostile.html", &page, 400)?;
    ensure!(told == "1 0 true true", "{told}");
    // A picture that is no XML is not shown at all.
    let picture = keep("hostile.svg", &hostile.bench().svg())?;
    let window = Window {
        width: 1280,
        height: 900,
        scheme: Scheme::Light,
    };
    let elements = browser.elements(&picture, window)?;
    ensure!(
        !elements.contains("parsererror"),
        "the picture is not well-formed"
    );
    ensure!(
        !elements.contains("<script") && elements.contains("</svg>"),
        "the picture holds a script"
    );
    Ok(())
}
