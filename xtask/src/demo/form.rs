//! The first form of a page: where it goes, and its fields as a person leaves them.

/// A form that can be sent.
#[derive(Clone, Debug)]
pub(super) struct Form {
    pub(super) action: String,
    pub(super) fields: Vec<(String, String)>,
}

impl Form {
    /// Finds the first form that is sent by POST. Hidden fields and checked boxes are filled in, as a browser does.
    pub(super) fn first(html: &str) -> Option<Self> {
        let mut rest = html;
        loop {
            let start = rest.find("<form")?;
            let (head, body) = rest[start..].split_once('>')?;
            let (body, after) = body.split_once("</form>").unwrap_or((body, ""));
            rest = after;
            if !attribute(head, "method").is_some_and(|method| method.eq_ignore_ascii_case("post")) {
                continue;
            }
            let fields = body.split("<input").skip(1).filter_map(|input| {
                let head = input.split('>').next()?;
                let kind = attribute(head, "type").unwrap_or_default();
                let sent = kind == "hidden" || (kind == "checkbox" && head.contains(" checked"));
                sent.then_some(())?;
                Some((attribute(head, "name")?, attribute(head, "value").unwrap_or_default()))
            });
            return Some(Self {
                action: attribute(head, "action").unwrap_or_default(),
                fields: fields.collect(),
            });
        }
    }

    /// The same form with a field filled in.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.into(), value.into()));
        self
    }
}

fn attribute(head: &str, name: &str) -> Option<String> {
    let (_, rest) = head.split_once(&format!(" {name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    Some(
        value
            .replace("&quot;", "\"")
            .replace("&#39;", "'")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&"),
    )
}

#[cfg(test)]
mod tests {
    use super::Form;

    #[test]
    fn a_form_is_read_as_a_browser_sends_it() {
        let html = r#"<form method="get" action="/search"></form><form method="post" action="/in&amp;out">
            <input type="hidden" name="a" value="1"><input name="typed" value="x">
            <input type="checkbox" name="b" value="2" checked><input type="checkbox" name="c" value="3"></form>"#;
        let form = Form::first(html).unwrap().with("d", "4");
        assert_eq!(form.action, "/in&out");
        let fields: Vec<_> = form.fields.iter().map(|(name, value)| format!("{name}{value}")).collect();
        assert_eq!(fields, ["a1", "b2", "d4"]);
    }
}
