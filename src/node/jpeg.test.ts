import { afterEach, describe, expect, it, vi } from 'vitest';
import { decodeJpeg } from './jpeg.ts';
import { isJpeg } from './jpeg-header.ts';

/**
 * Files of 19 x 11 pixels as libjpeg-turbo 2.1.5 wrote them (cjpeg -quality 75), and their pixels as it reads
 * them (djpeg -dct int), both in base64.
 */
const samples: Record<string, { file: string; pixels: string }> = {
  '4:2:0': {
    file: '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcpLDAxNDQ0Hyc5PTgyPC4zNDL/2wBDAQkJCQwLDBgNDRgyIRwhMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjL/wAARCAALABMDASIAAhEBAxEB/8QAGAAAAwEBAAAAAAAAAAAAAAAAAAMGBQf/xAAlEAACAAUCBgMAAAAAAAAAAAABAgADBAURBhITISMxQbEyUdH/xAAWAQEBAQAAAAAAAAAAAAAAAAABAgb/xAAlEQACAAQEBwEAAAAAAAAAAAABAgADBAUhMVHRBhEUQWFxofD/2gAMAwEAAhEDEQA/AEW/SV3tSotVRcMDv1UPowu5V8qiwJrcPBwe59ReasmOqvhiMfUcfurNMnnexbn5MZ+11suppnWfLBY5EdstecF7vM+tdabBR4/GN6XqK0CWN1YQfPSf8giVEpMfEQQ9FJ1PzaIXgulZQxc4+to//9k=',
    pixels:
      'hwIAmw0Duhke1CYo6S4n8zcs9UFA7VA92WIqw3QlqYMuj5AoeZ0ZaKcSXawTQ7YTHcYRCNERBtMSngoArxUNyiAj3ygs7S0o8zMw8z1J6U1Q2GJGwXNFpIBOholEapEnVJYYSJoSMaUOGL4SCsoTCc8WqwAAvAkF1hcc5iIm8ykn9zQ8+UFn8FN+1F98um+En32VgYqJZJJjUJlIR6I7OK8xHLkgFcYeGc8lzAgS2RQe7CAs8ycy9Cwv8DRF7UF54lSeyGSqqXK2in3CaoatS4x4MI9LJpYyHaUhFbQZE8MaG8wjzAAd1wYm5RQx6SAz6Co04TdR20iMy1y4omG/gm3KZXrVS4q/MJaAGZ1JE6kkE7gUEMEOFc4RH9gbwh0KxyUQ0C4X0TcbzEIexEw+t1Z/pGSuiW/KZ3PXS3riOYnQJ5WSFZpYEqMuGK0dJrYgL7wiNsMp/9tF/9dE/9A//8c67b841rRSv6qNqae9g5fSYInhQHzsLHjWGHKXAGVXAFwlAFkQBUQAEEEAFkMC//sg+vUf7+oc3+AazNcZtso1nLtthrSaaqizS5XEMIHQJHrDGnGPCF9XAFIuDkkdLTwfPTIeQTAe9f0c7fca3+wZzOEWttgQmssifbtMY7NqSat6Mp6HG4qRD3yDCXFYA2U0BlwbG1EVPToZUzAdWS4e7f8h4fkd0usdu+AXoNQPg8YXY7Y0S61GKqBCGJRLCoJVBnZOCGwwC2EaElgPK00QUD0cZzIiby8j4/8r1/koxeknrdsgk88VdMAWVbAnP6YwIZkeFI0jDXwvEHEuGmYbJVsQMlIRR0kXYj0gdjUjgDEk',
  },
  '4:2:2': {
    file: '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcpLDAxNDQ0Hyc5PTgyPC4zNDL/2wBDAQkJCQwLDBgNDRgyIRwhMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjL/wAARCAALABMDASEAAhEBAxEB/8QAFwAAAwEAAAAAAAAAAAAAAAAAAAMHBP/EACUQAAIABQIGAwAAAAAAAAAAAAECAAMEBREGEhMhIzFBsTJR0f/EABYBAQEBAAAAAAAAAAAAAAAAAAUHA//EACYRAAEEAQIEBwAAAAAAAAAAAAEAAgMEERIhBUGh0QYVMTJRgbH/2gAMAwEAAhEDEQA/AEW/SV3tSotVRcMDv1UPowu5V8qiwJrcPBwe59QbTgrX6cthm7gdvUfCV8V8UidCIKzs5+v1Jl6itAljdWEHz0n/ACCCDSsZ9vUd1NvIbzt9HUd1QtWTHVXwxGPqI/dWaZPO9i3PyYy4G97YdIJweSduEuttBWMSkx8RBDWoqhxxM0Dbkv/Z',
    pixels:
      'jgAMnwcTuRsYziwV4DgJ7kAO90Yl+E4r8Vgc4mcay3UgroIfjpIZdJ4gX6UzQrA3Ir8qEsglEcokoQElrw8pxSEo1S8f3zkP5j8T7EUy61A84WE00W8wtX0ylIgib5UEUZ4AOqYAIq8BEcIQCMsXCNAYtwAkxQAr2RMs5CIq6S8j7Dk87kRz6FOXzlyatmujm3uqeYuXVJlqNaZOJLJGGbw7Dr8mEcckFdAnxQsY0Rgd4Ckb5jIX4zkV4T414Eh72lWwxWDIrWrUkHbZcYC7T4l6M45JI5gvFqgfB7wXBMsYDdQf6AAk8gAo+wsm/Bgl9CYm6zNL4UOX0FfLplrUhWjcZXrXS4y0LJxuFaMzC7ETC74LCcQVD80hG9co4wwJ6RQM7CIO6iwU4Tcd00JJwkyWq1vMiWnkZXDsR3vpM4zQIJmUDpxgCKRBCrIrD8MZFM0QG9QU+fId+O4b9OUW6tkX2s0eyL5DtbCIo6q8gJvIY4zOSn7KPHezMGt7H1dKF0ksIUEpKColMyYtNiou9/4l8/ck6ewf3d8iy9QptMZMmLeLgLG1XqzDO53EH43AE4euB319AGdUAFY8BUkwLTooQDAhQTAg9/se8PQh3+kmzNwztM5GmMFbebZxYa6KSKaYMpqbIImMFnt3E2xYEV05FFQiJUsaODwXTjIaXSwb9P8a6vYW1+sQwt0Sp88WicEeaLUpT646MJ4/HpNFDYRACng7DGosD10fF1YQK00RTEAaYzUeci8f6/4m3/cfzOkRtNwJmtAAesIAWrYAQa4FIZ4GEZMPBoUSBnoZDm0bFWEZH1oaOVAcXkAedzUfhy4g',
  },
  '4:4:0': {
    file: '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcpLDAxNDQ0Hyc5PTgyPC4zNDL/2wBDAQkJCQwLDBgNDRgyIRwhMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjL/wAARCAALABMDARIAAhEBAxEB/8QAFgABAQEAAAAAAAAAAAAAAAAABgMF/8QAJRAAAgAFAgYDAAAAAAAAAAAAAQIAAwQFEQYSEyEjMUGxMlHR/8QAFQEBAQAAAAAAAAAAAAAAAAAABQb/xAAiEQACAQMEAgMAAAAAAAAAAAABAwIABBEFBhLRUXEhMaH/2gAMAwEAAhEDEQA/AIW/SV3tSotVRcMDv1UPow41ZMdVfDEY+oi9P1VjXRm+AkPHz3TN5ud618YwA9Z7oHcq+VRYE1uHg4Pc+oN3VmmTzvYtz8mKe5ZaXKwFq4nyMCoxt2/UGYZLANb0vUVoEsbqwg+ek/5BUSkx8RBxs05+z+dUorZtsyAkZnJ9dV//2Q==',
    pixels:
      'ggAYngQqxw436Rou+ygX/zYQ/kMi+0o24V8hzW8psn8smoskh5Ucb6AiT64wNbU6FMkcCc8aANcXlwgcrw4t0xg17SIo9iwU9DgT70Uu7E1J3V5LyG1Sq3xSjoVAdYsnWZMbOp8bIqkfEcAbCsgcAdMcoAAHuAgT1Rgc5iUT6TQJ40Qd3lNO3V55z1uavGmhn3ufhoiFa5BaUZ0xOLAbJr4TFL0kEsYnEtErxgsS2BUd7CIe8S4S6TcR2kMy0VF0zVyqwmHIrGvPjHrObYSuUIp0NpE0H6ELE7EAC7kcEMIiF84o0AAN3gYT7xUU8yEQ6C8b2TtS0EmnzVLonmPBiGrOanfVU4XCPY2MKZVJHacWGrgBBccRD88YHtgfyhwA1CIA3iwA3zYA00EOxElLtlCjrlXliHK9bnLJUXrWPYfOLo+gIpNfG54sH6sUG7slKL4pOMEt/9hF/9RC/8w4/8Qs9bs117Fgvqamrp7ch5jDZYvJP4LQI4DFDneXAGhTAF8cAGAFAEcGCEQEHEAD/vol+/Mm9Ocf6NwW09IfucZDnrd9jqyqcaWyUpS0L4e3GYSyCnmMAGVUAFQpBE8WJj4oNDUjSSsg6/8V6Poc3+sf0t4avdIbocUvhrVZc6l4UaKTO5eSHomPCYB+AnNfBmI5FFQgIk0YNjslSjMjZCgg5f8R3fwa0usgv90dptAWiMMdarI1V6ZKL5diH41gDIBZAHpLAHA0C2AcIlASNUcTST4oYDQnfCkl5/8L3fkZyecjstkelM8TcsMOUbUXPKolG5c1EYwxBoApAHweBXQNFWUCMFUHSUoOV0EpcDcmjykk',
  },
  'progressive 4:2:0': {
    file: '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcpLDAxNDQ0Hyc5PTgyPC4zNDL/2wBDAQkJCQwLDBgNDRgyIRwhMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjL/wgARCAALABMDASIAAhEBAxEB/8QAGQAAAgMBAAAAAAAAAAAAAAAAAAUCAwQG/8QAFgEBAQEAAAAAAAAAAAAAAAAAAQAF/9oADAMBAAIQAxAAAAGuL7j883ioj//EABoQAAIDAQEAAAAAAAAAAAAAAAADAQIEESH/2gAIAQEAAQUCXkaoZeKEaFc1yN9nh//EABsRAAEEAwAAAAAAAAAAAAAAAAEAAwQRAgUx/9oACAEDAQE/AZszN4hviGlaIu1//8QAGhEAAgIDAAAAAAAAAAAAAAAAAgMAAQQTIf/aAAgBAgEBPwHFcLF3Rj2aQn//xAAcEAABAwUAAAAAAAAAAAAAAAAAAhEhICIygaH/2gAIAQEABj8CuQ2yYM+Uf//EABsQAQEAAwADAAAAAAAAAAAAAAEAESExUZGh/9oACAEBAAE/IQg9RdxOt9JAdydrmw8X/9oADAMBAAIAAwAAABD37//EABoRAAICAwAAAAAAAAAAAAAAAAABIWFx0fD/2gAIAQMBAT8Qj6lcxAZ5xo//xAAcEQABAwUAAAAAAAAAAAAAAAABABExQVFhodH/2gAIAQIBAT8QC6JQRSLusx1xf//EABwQAQACAgMBAAAAAAAAAAAAAAEAESExQVGx8f/aAAgBAQABPxCnSN5/GU5iNO3yBFg8/OUSiuoxuy5YV6T/2Q==',
    pixels:
      'hwIAmw0Duhke1CYo6S4n8zcs9UFA7VA92WIqw3QlqYMuj5AoeZ0ZaKcSXawTQ7YTHcYRCNERBtMSngoArxUNyiAj3ygs7S0o8zMw8z1J6U1Q2GJGwXNFpIBOholEapEnVJYYSJoSMaUOGL4SCsoTCc8WqwAAvAkF1hcc5iIm8ykn9zQ8+UFn8FN+1F98um+En32VgYqJZJJjUJlIR6I7OK8xHLkgFcYeGc8lzAgS2RQe7CAs8ycy9Cwv8DRF7UF54lSeyGSqqXK2in3CaoatS4x4MI9LJpYyHaUhFbQZE8MaG8wjzAAd1wYm5RQx6SAz6Co04TdR20iMy1y4omG/gm3KZXrVS4q/MJaAGZ1JE6kkE7gUEMEOFc4RH9gbwh0KxyUQ0C4X0TcbzEIexEw+t1Z/pGSuiW/KZ3PXS3riOYnQJ5WSFZpYEqMuGK0dJrYgL7wiNsMp/9tF/9dE/9A//8c67b841rRSv6qNqae9g5fSYInhQHzsLHjWGHKXAGVXAFwlAFkQBUQAEEEAFkMC//sg+vUf7+oc3+AazNcZtso1nLtthrSaaqizS5XEMIHQJHrDGnGPCF9XAFIuDkkdLTwfPTIeQTAe9f0c7fca3+wZzOEWttgQmssifbtMY7NqSat6Mp6HG4qRD3yDCXFYA2U0BlwbG1EVPToZUzAdWS4e7f8h4fkd0usdu+AXoNQPg8YXY7Y0S61GKqBCGJRLCoJVBnZOCGwwC2EaElgPK00QUD0cZzIiby8j4/8r1/koxeknrdsgk88VdMAWVbAnP6YwIZkeFI0jDXwvEHEuGmYbJVsQMlIRR0kXYj0gdjUjgDEk',
  },
  'RGB, progressive with restarts': {
    file: '/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwAIBgYHBgUIBwcHCQkICgwUDQwLCwwZEhMPFB0aHx4dGhwcICQuJyAiLCMcHCg3KSwwMTQ0NB8nOT04MjwuMzQy/8IAEQgACwATA1IRAEcRAEIRAP/EABgAAQEBAQEAAAAAAAAAAAAAAAYFAgME/90ABAAB/9oADANSAEcAQgAAAAFZJOf/0JevJ//RG1R3/9KgqH//0xnEn//U0UHf/8QAGhABAAIDAQAAAAAAAAAAAAAAAgEDBAUiE//aAAgBUgABBQLnGq//0Njmy1//0YpSj//S2bUH/9OOrv/UrB8//8QAGhAAAgMBAQAAAAAAAAAAAAAAAAECAwQFMv/aAAgBRwABBQKvm66j/9CuSqP/0V0siX//0tJ//9PSf//Ul6//xAAZEAACAwEAAAAAAAAAAAAAAAABAwACBAX/2gAIAUIAAQUCxqq7X//Q6WNKEf/Rn//SBIP/07tYyf/Un//EABgQAQADAQAAAAAAAAAAAAAAAAABESEC/9oACAFSAAY/An//0KiX/9G3/9Kdf//T1//U5x//xAAcEAABAwUAAAAAAAAAAAAAAAAAAQMiESEzgqL/2gAIAUcABj8Cm1TZD//QnY//0cvKn//SP//TP//UP//EAB0QAAICAgMBAAAAAAAAAAAAAAACAREDEiIxMlH/2gAIAUIABj8CTG/mT//QV8a6ztXZ/9E//9K4mpP/0+bs1fZP/9Q//8QAGRAAAgMBAAAAAAAAAAAAAAAAAAEhMWER/9oACAFSAAE/Icqg/9BjN//RTOXJ/9JAJj//09mT/9SvaP/EABsQAAICAwEAAAAAAAAAAAAAAAABMUEhscHw/9oACAFHAAE/Iezjp//Qm+x//9FATzXiD//Ssf/Tsf/UkP/EABsQAQACAgMAAAAAAAAAAAAAAAEAESFRMUFx/9oACAFCAAE/IbtFGweaFn//0E1ZDJvDvyf/0Z//0gbgbE6n/9Oh1q9qf//Un//aAAwDUgBHAEIAAAAQ/wD/0H//0Z//0n//0/8A/9Rf/8QAGxABAQABBQAAAAAAAAAAAAAAAQARITFRYcH/2gAIAVIAAT8Q7IT/0FWIuNG//9Hmgb//0iAjGxf/0/ar/9Sxv//EABsQAAMBAAMBAAAAAAAAAAAAAAABETEhobHR/9oACAFHAAE/EI+HfmY//9CLj3h+Kf/RgmRGhf/SH//TH//U7J//xAAbEAEBAAMBAQEAAAAAAAAAAAABEQAhMVFBkf/aAAgBQgABPxAXECQiJfGRm55n/9BA5JBApunZ4nXup//Rz//SNQZeKNiJxz//0/sSfcuyuuH5n//Uz//Z',
    pixels:
      'fgcdmQ0nuBgZ0CQm4zEc8z0I9kg48U4M7Wce3m4exXgcq4UckZEndJ4XVKgePK8nIb8eFNEeCdwelQAargYZyxQn3iML7TEm90Al9k4R7lcs3logzGMhsXEklIAQeI8nW54VPKwlJrQaGL0eDc4eBdoerwYYxg8e3hsp7CUR9S07+DgO8EQb5E3Ezmq2uXPSmn/CfInlX5EgQ5saKKgOF7AjD8AeCdAeBtwewgAq1gsa6hog8igf9TMP8kEl41C+01vQvVrXpWW4hHXGZYKrSo7HMZsrHasmErYcCrseC8seDtge0wIV4wsv8hcU9SIb8ish6jYj1kLQwkvAp2fMjXC4a33STYfaNJG+HZweD6gdCrEcBsEeD80eGdke5AYn8A0L+Bkc9SY47DQh3kILxk2/r1XNkWO4dWrdVHbLOYS2IpLQDp8oBqsJB7IjB8ceGMweJ9Ie7vwi9vQs9+gZ7doC3s0py782rrPElavIdp3MW5XHPYnQKXvGF27CCGEiBlQrDU0cEzYeKTIePS0e8fwY9vMa8+Yd49ok0NAYuMUNmbjTfq/HXJvRQ5K8KYXFGnrNDXDJBGQUB1cfEU4cIUAeOjQeUSge9v4Z8fQb5eYe09obv9Aio8QQgbY0Zqy+SJ7CMpTOHIbHDnrABXApBGQhDlYbHUwmMD8eTTIeZyce8f4o6PQp1uYgv9oTp9Ani8QkabYOT6wyNp4nI5QaEYYfCnowCXAJDmQaHlYfL0wSSD8eZTIegCce6/4X3/QeyOYerNoQkdAfdsQsVrYYPawUJZ4jFZQUCIYhB3ocDHAoF2QkLFYwQEwhXT8eejIelSce',
  },
  'grey with restarts': {
    file: '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcpLDAxNDQ0Hyc5PTgyPC4zNDL/wAALCAALABMBAREA/8QAFwABAAMAAAAAAAAAAAAAAAAABgMEBf/EACUQAAIABQIGAwAAAAAAAAAAAAECAAMEBREGEhMhIzFBsTJR0f/dAAQAAf/aAAgBAQAAPwCC36Su9qVFqqLhgd+qh9GP/9Cpcq+VRYE1uHg4Pc+o/9HOl6itAljdWEHz0n/I/9JjqyY6q+GIx9R//9MhdWaZPO9i3PyY/9QIJSY+Ij//2Q==',
    pixels:
      'KDZKWmVud31/g4WEg4ODgX9/gDVCU19mbHV8goWFgHl0cnF5fH8wPlFdZW98h4WIiod/ent9eX6FRFBeZWhue4eKiomCdmtpbXN7hD1IVl5kbXyIf35+fXVsbXR4gYtMU1xiZ254gIF7eHl0a2pweoCH3NnSyL2zraqYh3dsW0U3NSkrLuPe1Mm+s6mjl4RyaVpENTI0MzPh29DEt6mck4h7alxPQjs6Nzg54tnMvq6ejoRyZ1lQRz87PD9AQeDXyLioloV6Z11STEdCQUNFRkc=',
  },
};

const bytesOf = (text: string): Uint8Array =>
  Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

/** 8 x 8 pixels in cyan, magenta, yellow and black, as libjpeg-turbo writes them. */
const inks =
  '/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwAIBgYHBgUIBwcHCQkICgwUDQwLCwwZEhMPFB0aHx4dGhwcICQuJyAiLCMcHCg3KSwwMTQ0NB8nOT04MjwuMzQy/8AAFAgACAAIBEMRAE0RAFkRAEsRAP/EABQAAQAAAAAAAAAAAAAAAAAAAAf/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/9oADgRDAE0AWQBLAAA/AH8/n8/v/9k=';

const read = (bytes: Uint8Array, maxPixels = 100_000_000) => decodeJpeg(bytes, 'x.jpg', maxPixels);

/** Where a marker is first. */
const find = (bytes: Uint8Array, marker: number): number =>
  bytes.findIndex((byte, i) => byte === 0xff && bytes[i + 1] === marker);

const insert = (bytes: Uint8Array, at: number, values: readonly number[]): Uint8Array =>
  Buffer.concat([bytes.subarray(0, at), Buffer.from(values), bytes.subarray(at)]);

const say = ['log', 'info', 'warn', 'error'] as const;
const spies = say.map((name) => vi.spyOn(console, name));
afterEach(() => {
  // The codec would write its warnings to the console.
  for (const spy of spies) expect(spy).not.toHaveBeenCalled();
});

describe('decodeJpeg', () => {
  it.each(Object.keys(samples))('reads %s as the reference does', (name) => {
    const { file, pixels } = samples[name];
    const { width, height, channels, samples: found } = read(bytesOf(file));
    const expected = bytesOf(pixels);
    const isGrey = name.startsWith('grey');
    expect([width, height, channels]).toEqual([19, 11, isGrey ? 1 : 4]);
    const colours = Array.from(found).filter((_, i) => isGrey || i % 4 !== 3);
    expect(colours.length).toBe(expected.length);
    // They enlarge the colours of 4:4:0 in two ways.
    const largest = Math.max(...expected.map((value, i) => Math.abs(value - colours[i])));
    expect(largest).toBeLessThanOrEqual(2);
    if (!isGrey) expect(Array.from(found).filter((v, i) => i % 4 === 3 && v !== 255)).toEqual([]);
  });

  it('reads bytes that are a part of others', () => {
    const file = bytesOf(samples['4:2:0'].file);
    const buffer = Buffer.concat([Buffer.alloc(3, 0xff), file, Buffer.alloc(5, 0xff)]);
    expect(read(buffer.subarray(3, 3 + file.length))).toEqual(read(file));
  });

  it('refuses kinds that the codec does not know', () => {
    expect(isJpeg(Uint8Array.of(0x89, 0x50, 0x4e))).toBe(false);
    const file = bytesOf(samples['4:2:0'].file);
    const frame = find(file, 0xc0);
    const arithmetic = file.slice();
    arithmetic[frame + 1] = 0xc9;
    expect(() => read(arithmetic)).toThrow('x.jpg is coded arithmetically');
    const deep = file.slice();
    deep[frame + 4] = 12;
    expect(() => read(deep)).toThrow('x.jpg has 12 bits a sample, expected 8');
    expect(() => read(bytesOf(inks))).toThrow('x.jpg is in four inks (CMYK)');
  });

  it('refuses sizes that are absurd before it decodes', () => {
    const file = bytesOf(samples['4:2:0'].file);
    const size = find(file, 0xc0) + 5;
    expect(() => read(file, 200)).toThrow('x.jpg has 209 pixels, expected at most 200');
    const huge = file.slice();
    huge.set([0x20, 0, 0x20, 0], size);
    expect(() => read(huge)).toThrow(/^x\.jpg is damaged: its \d+ bytes cannot hold 8192 x 8192/);
    huge.set([0, 0, 0x20, 0], size);
    expect(() => read(huge)).toThrow('x.jpg is damaged: its size is 8192 x 0');
  });

  it('refuses files that are cut off, wherever', () => {
    for (const { file } of Object.values(samples)) {
      const bytes = bytesOf(file);
      for (let length = 0; length < bytes.length; length++) {
        expect(() => read(bytes.subarray(0, length))).toThrow('x.jpg is damaged: it is cut off');
      }
    }
  });

  it('refuses a scan that ends too early, and reads the next file', () => {
    const file = bytesOf(samples['4:2:0'].file);
    const early = insert(file, file.length - 30, [0xff, 0xd9]);
    expect(() => read(early)).toThrow(/^x\.jpg is damaged: Corrupt JPEG data: premature end/);
    const tableless = file.slice();
    tableless[find(file, 0xdb) + 1] = 0xe5;
    expect(() => read(tableless)).toThrow(/^x\.jpg is damaged: Quantization table 0x00 was not/);
    expect(read(file).width).toBe(19);
  });

  it('passes over what does no harm', () => {
    const file = bytesOf(samples['4:2:0'].file);
    const expected = read(file);
    expect(read(Uint8Array.of(...file, 1, 2, 3, 0xff, 0xda))).toEqual(expected);
    expect(read(insert(file, file.length - 2, [0, 0, 0]))).toEqual(expected);
    const odd = file.slice();
    odd[find(file, 0xe0) + 9] = 9;
    expect(read(odd)).toEqual(expected);
  });

  it('refuses files of very many scans', () => {
    const file = bytesOf(samples['progressive 4:2:0'].file);
    const scan = Array.from(file.subarray(find(file, 0xda), file.length - 2));
    const many = insert(file, file.length - 2, Array(300).fill(scan).flat());
    expect(() => read(many)).toThrow('x.jpg is damaged: it has more than 256 scans');
  });

  it('ends on damaged files with an image or an error that names the file', () => {
    for (const { file } of Object.values(samples)) {
      const bytes = bytesOf(file);
      for (let i = 3; i < bytes.length; i += 17) {
        const changed = bytes.slice();
        changed[i] ^= 0x35;
        try {
          expect(read(changed).samples.length).toBeGreaterThan(0);
        } catch (error) {
          expect((error as Error).message).toMatch(/^x\.jpg (is|has) /);
        }
      }
    }
  });

  it('says when the codec does not start, and starts it for the next file', async () => {
    const file = bytesOf(samples['4:2:0'].file);
    vi.resetModules();
    const { decodeJpeg: decode } = await import('./jpeg.ts');
    class Unable {
      constructor() {
        throw new RangeError('no memory');
      }
    }
    vi.stubGlobal('WebAssembly', Object.create(WebAssembly, { Instance: { value: Unable } }));
    expect(() => decode(file, 'x.jpg', 1000)).toThrow(
      'x.jpg cannot be decoded: the JPEG decoder did not start (RangeError: no memory)',
    );
    vi.unstubAllGlobals();
    expect(decode(file, 'x.jpg', 1000).width).toBe(19);
  });

  it('leaves the global scope as it was', () => {
    const file = bytesOf(samples['4:2:0'].file);
    read(file);
    const tableless = file.slice();
    tableless[find(file, 0xdb) + 1] = 0xe5;
    expect(() => read(tableless)).toThrow('Quantization table 0x00 was not defined');
    expect('ImageData' in globalThis).toBe(false);
    const own = class ImageData {};
    vi.stubGlobal('ImageData', own);
    expect(read(file).width).toBe(19);
    expect((globalThis as { ImageData?: unknown }).ImageData).toBe(own);
    vi.unstubAllGlobals();
  });
});
