//! Markup that is safe by the types of its parts: tags and attribute names are our own literals, and everything else
//! gets in escaped.

use crate::report::escaped;
use crate::report::summary::thousands;

/// A page, or a part of one, as it grows.
#[derive(Debug, Default)]
pub(super) struct Html {
    out: String,
}

/// The name and the value of an attribute.
pub(super) type Attribute<'a> = (&'static str, &'a str);

impl Html {
    /// Our own markup, as it stands.
    pub(super) fn raw(&mut self, markup: &'static str) {
        self.out.push_str(markup);
    }

    /// Text, whoever it is from.
    pub(super) fn text(&mut self, text: &str) {
        // What would not be seen on a terminal would not be seen here.
        for character in escaped(text).chars() {
            match character {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '"' => self.out.push_str("&quot;"),
                '\'' => self.out.push_str("&#39;"),
                plain => self.out.push(plain),
            }
        }
    }

    /// A sentence, in which what stands between backticks is something to type.
    pub(super) fn prose(&mut self, tag: &'static str, sentence: &str) {
        self.open(tag, &[]);
        for (index, part) in sentence.split('`').enumerate() {
            if index % 2 == 0 { self.text(part) } else { self.leaf("code", &[], part) }
        }
        self.close(tag);
    }

    /// A start tag.
    pub(super) fn open(&mut self, tag: &'static str, attributes: &[Attribute<'_>]) {
        self.out.push('<');
        self.out.push_str(tag);
        for (name, value) in attributes {
            self.out.push(' ');
            self.out.push_str(name);
            self.out.push_str("=\"");
            self.text(value);
            self.out.push('"');
        }
        self.out.push('>');
    }

    /// An end tag, and a line end behind what stands for itself.
    pub(super) fn close(&mut self, tag: &'static str) {
        self.out.push_str("</");
        self.out.push_str(tag);
        self.out.push('>');
        if !matches!(tag, "data" | "code" | "strong" | "span" | "text" | "title" | "desc" | "td" | "th") {
            self.out.push('\n');
        }
    }

    /// An element that holds nothing but text.
    pub(super) fn leaf(&mut self, tag: &'static str, attributes: &[Attribute<'_>], text: &str) {
        self.open(tag, attributes);
        self.text(text);
        self.close(tag);
    }

    /// A figure, with thousands separated. `place` is where it stands in the JSON report, as a JSON pointer; none for
    /// a figure that was worked out.
    pub(super) fn figure(&mut self, value: u64, place: Option<&str>) {
        let shown = thousands(value);
        match place {
            Some(place) => self.leaf("data", &[("value", &value.to_string()), ("data-place", place)], &shown),
            None => self.text(&shown),
        }
    }

    /// The markup.
    pub(super) fn finish(self) -> String {
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whatever a text holds, it opens no tag, closes no attribute, and reads as it was.
        #[test]
        fn text_stays_text(text in any::<String>()) {
            let mut html = Html::default();
            html.leaf("p", &[("title", &text)], &text);
            let markup = html.finish();
            prop_assert_eq!(markup.matches('<').count(), 2);
            prop_assert_eq!(markup.matches('"').count(), 2);
            let inside = markup.trim_start_matches(|c| c != '>').trim_start_matches('>').trim_end_matches("</p>\n");
            let read = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
                .into_iter()
                .fold(inside.to_owned(), |text, (entity, plain)| text.replace(entity, plain));
            prop_assert_eq!(read, escaped(&text));
        }
    }
}
