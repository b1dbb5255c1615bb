//! Why no image can be sent with an uploader, although it loads: `ShareX` takes such files too.

use super::fields::Fields;
use super::problem::Problem;
use super::{Body, Destination, Method, Sxcu};

/// What stands in the way, by the body of the request.
pub(super) fn obstacle(sxcu: &Sxcu, fields: &Fields) -> Option<Problem> {
    let request = &sxcu.request;
    let (key, why) = match request.body {
        Body::Multipart if request.file_field.is_empty() => {
            ("FileFormName", "the name of the form's field for the file is missing")
        }
        Body::Multipart | Body::Binary if request.method == Method::Get => {
            let key = if fields.has("RequestMethod") { "RequestMethod" } else { "RequestType" };
            (key, "a GET request has no body")
        }
        Body::Multipart | Body::Binary => return None,
        Body::None => ("Body", "its request is without a body"),
        Body::Form => ("Body", "its request is with a form of texts"),
        Body::Json => ("Body", "its request is with a JSON body"),
        Body::Xml => ("Body", "its request is with an XML body"),
    };
    let is_for_files = |destination: &Destination| matches!(destination, Destination::Images | Destination::Files);
    let mend = match sxcu.destinations.first() {
        _ if sxcu.destinations.iter().any(is_for_files) => match key {
            "FileFormName" => "Write \"FileFormName\": \"…\", as the host calls the field.",
            "Body" => "Write \"Body\": \"MultipartFormData\" or \"Binary\", whichever the host takes.",
            _ => "Write POST or PUT, whichever the host takes.",
        },
        Some(Destination::ShortLinks) => "It shortens URLs.",
        Some(Destination::SharedLinks) => "It shares URLs.",
        Some(Destination::Texts) => "It is for texts.",
        _ => "It is hardly meant for images.",
    };
    Some(fields.spot(key).problem(&format!("it sends no file, {why}"), mend))
}
