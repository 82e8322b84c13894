#include <gtest/gtest.h>
namespace reprise {}
