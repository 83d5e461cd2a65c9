#include "plugin/detector/detector.h"
