/** Histories of fit in Keras 3.15 for the programs of keras-training.test.ts: epochs, and numbers by name. */
export const kerasHistories: Record<
  string,
  { epoch: number[]; history: Record<string, number[]> }
> = {
  basic: {
    epoch: [0, 1],
    history: {
      loss: [0.18919, 0.18648],
      mae: [0.3769, 0.37657],
      mse: [0.18919, 0.18648],
      val_loss: [0.61621, 0.63463],
      val_mae: [0.65618, 0.67166],
      val_mse: [0.61621, 0.63463],
    },
  },
  repeat: {
    epoch: [0],
    history: {
      loss: [0.18919],
      mae: [0.3769],
      mae_1: [0.3769],
      mse: [0.18919],
    },
  },
  repeatWeighted: {
    epoch: [0],
    history: {
      loss: [0.16994],
      mae: [0.37143],
      mse: [0.18882],
      weighted_mae: [0.38184],
      weighted_mae_1: [0.38184],
    },
  },
  names: {
    epoch: [0],
    history: {
      MAE: [0.3769],
      MeanAbsoluteError: [0.3769],
      loss: [0.18919],
      m2: [0.18919],
      mean_absolute_error: [0.3769],
      mean_absolute_error_1: [0.3769],
      mean_squared_error: [0.18919],
    },
  },
  accBin: {
    epoch: [0],
    history: {
      acc: [0.5],
      accuracy: [0.5],
      loss: [0.7208],
    },
  },
  accCat: {
    epoch: [0],
    history: {
      accuracy: [0.3],
      loss: [1.1006],
    },
  },
  accSparse: {
    epoch: [0],
    history: {
      acc: [0.3],
      loss: [1.1006],
    },
  },
  accSparse2: {
    epoch: [0],
    history: {
      accuracy: [0.3],
      loss: [1.1006],
    },
  },
  acc1d: {
    epoch: [0],
    history: {
      accuracy: [0.5],
      loss: [0.7208],
    },
  },
  vfreq: {
    epoch: [0, 1, 2, 3],
    history: {
      loss: [0.18919, 0.18648, 0.18449, 0.18266],
      val_loss: [0.63463, 0.62336],
    },
  },
  vfreqList: {
    epoch: [0, 1, 2, 3],
    history: {
      loss: [0.18919, 0.18648, 0.18449, 0.18266],
      val_loss: [0.61621, 0.62336],
    },
  },
  initial: {
    epoch: [2, 3],
    history: {
      loss: [0.18919, 0.18648],
    },
  },
  initialOver: {
    epoch: [],
    history: {},
  },
  vsplit: {
    epoch: [0],
    history: {
      loss: [0.18533],
      mae: [0.37232],
      val_loss: [0.19603],
      val_mae: [0.37965],
    },
  },
  vsplitSw: {
    epoch: [0],
    history: {
      loss: [0.10913],
      mae: [0.36757],
      mse: [0.18188],
      val_loss: [0.31222],
      val_mae: [0.37563],
      val_mse: [0.19514],
    },
  },
  sw: {
    epoch: [0],
    history: {
      loss: [0.16994],
      mse: [0.18529],
    },
  },
  cw: {
    epoch: [0],
    history: {
      accuracy: [0.4],
      loss: [1.2612],
      weighted_accuracy: [0.52174],
    },
  },
  val3: {
    epoch: [0],
    history: {
      loss: [0.18919],
      val_loss: [0.16223],
    },
  },
  two: {
    epoch: [0],
    history: {
      a_loss: [0.18919],
      a_mae: [0.3769],
      b_accuracy: [0.5],
      b_loss: [0.7208],
      loss: [0.90999],
      val_a_loss: [0.18687],
      val_a_mae: [0.36348],
      val_b_accuracy: [0.33333],
      val_b_loss: [0.79706],
      val_loss: [0.98393],
    },
  },
  twoOneLoss: {
    epoch: [0],
    history: {
      a_loss: [0.18919],
      b_loss: [0.26371],
      loss: [0.45291],
    },
  },
  twoFlat: {
    epoch: [0],
    history: {
      a_loss: [0.18919],
      a_mae: [0.3769],
      b_loss: [0.26371],
      b_mse: [0.26371],
      loss: [0.45291],
    },
  },
  twoDict: {
    epoch: [0],
    history: {
      a_loss: [0.19186],
      a_mae: [0.38274],
      b_accuracy: [0.5],
      b_loss: [0.72134],
      b_mae: [0.5035],
      loss: [0.74438],
    },
  },
  twoPartial: {
    epoch: [0],
    history: {
      b_accuracy: [0.5],
      loss: [0.18919],
    },
  },
  twoDictout: {
    epoch: [0],
    history: {
      first_loss: [0.18919],
      first_mae: [0.3769],
      loss: [0.90999],
      second_accuracy: [0.5],
      second_loss: [0.7208],
    },
  },
  twoWeighted: {
    epoch: [0],
    history: {
      a_loss: [0.16994],
      a_mae: [0.37143],
      a_weighted_mae: [0.38184],
      b_loss: [0.26371],
      b_mae: [0.5035],
      b_mse: [0.26371],
      b_weighted_mae: [0.5035],
      loss: [0.43365],
    },
  },
};
