/* SPDX-License-Identifier: MIT */
#include "plugin/detector/scaler.h"

#include "plugin/detector/fixed.h"

#include <float.h>
#include <math.h>

/* Values that the moments follow wherever they go; then they are settled and
 * deviations beyond the columns' clip are learned as if they were at it. */
#define SETTLED 16

double scaler_standardise(const scaler_t *scaler, double value, double dead,
                          double floor) {
  double distance = value - scaler->mean;
  double beyond = fabs(distance) - dead;
  if (!(beyond > 0))
    return 0;
  return copysign(beyond / fmax(sqrt(scaler->variance), floor), distance);
}

void scaler_learn(scaler_t *scaler, double value, double window, double floor) {
  scaler->rows++;
  double weight = 1 / fmax(1, fmin((double)scaler->rows, window));
  double distance = value - scaler->mean;
  double far = distance;
  if (scaler->rows > SETTLED) {
    double reach = FIXED_CLIP * fmax(sqrt(scaler->variance), floor);
    double doubled = sqrt(1 / weight) * fmax(sqrt(scaler->wide), floor);
    far = fmin(fabs(distance), fmax(reach, doubled));
    distance = fmax(-reach, fmin(reach, distance));
  }
  scaler->mean += weight * distance;
  scaler->variance =
      (1 - weight) * (scaler->variance + weight * distance * distance);
  scaler->wide = (1 - weight) * (scaler->wide + weight * far * far);
}

void scaler_image(scaler_t *scaler, image_t *image) {
  image_f64(image, &scaler->mean, -2 * SCALER_VALUE_MAX, 2 * SCALER_VALUE_MAX);
  image_f64(image, &scaler->variance, 0, DBL_MAX / 4);
  image_f64(image, &scaler->wide, 0, DBL_MAX / 4);
  image_u64(image, &scaler->rows);
}
