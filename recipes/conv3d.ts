export const recipe: any = undefined;
