// `reprise describe`: descriptors of pictures, as lines of JSON or as a file of labelled videos.
//
// Errors   usage: as option_values.hpp, csv without a label, two pictures of one content_id;
//          those of byte_stream.hpp; those of vision.hpp, the picture's name in front
#pragma once

#include <memory>

#include "net/command_line.hpp"

namespace reprise {

[[nodiscard]] std::unique_ptr<command> make_describe_command();

}  // namespace reprise
